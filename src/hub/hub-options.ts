import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { ToeditError } from '../errors.ts';
import type { DownloadProgress } from '../metrics/progress.ts';
import { badOption, type OptionNames, requireInteger, requireNames } from '../options.ts';

/** How models of the Hugging Face hub are found and kept. */
export interface HubOptions {
  /** The cache, shared with Python's `huggingface_hub`. @defaultValue `~/.cache/huggingface/hub` */
  readonly cacheDirectory?: string | undefined;
  /** The hub, or a mirror of it. @defaultValue 'https://huggingface.co' */
  readonly endpoint?: string | undefined;
  /** An access token. It goes to the endpoint only, not to servers that it redirects to. @defaultValue that of `tokenFile` */
  readonly token?: string | undefined;
  /** A file that holds the token; null for none. @defaultValue `~/.cache/huggingface/token`, where it is there */
  readonly tokenFile?: string | null | undefined;
  /** Use nothing but the cache. @defaultValue false */
  readonly offline?: boolean | undefined;
  /** Copy files into snapshots in the place of links to them. @defaultValue false: only where links cannot be made */
  readonly copies?: boolean | undefined;
  /** The first wait before a request is tried again, in milliseconds; each later one is twice as long. @defaultValue 1000 */
  readonly retryMs?: number | undefined;
  /** Ends a download: what has come is kept. */
  readonly signal?: AbortSignal | undefined;
  /** Called as bytes come. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Called with what a user should know: what is downloaded, that another process is waited for. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

const hubOptionNames: OptionNames<HubOptions> = {
  cacheDirectory: true,
  endpoint: true,
  token: true,
  tokenFile: true,
  offline: true,
  copies: true,
  retryMs: true,
  signal: true,
  onProgress: true,
  onNotice: true,
};

/** {@link HubOptions}, whole. */
export interface HubSettings {
  /** Absolute. */
  readonly cacheDirectory: string;
  /** Without a slash at its end. */
  readonly endpoint: string;
  readonly token: string | undefined;
  readonly offline: boolean;
  readonly copies: boolean;
  readonly retryMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (progress: DownloadProgress) => void;
  readonly onNotice: (notice: string) => void;
}

/**
 * Fills in the defaults, and reads the token's file.
 *
 * @throws ToeditError BAD_OPTION
 */
export async function resolveHubOptions(options: HubOptions): Promise<HubSettings> {
  requireNames('hub', options, hubOptionNames);
  requireInteger('retryMs', options.retryMs, [0]);
  const home = join(homedir(), '.cache', 'huggingface');
  const { cacheDirectory = join(home, 'hub'), tokenFile = join(home, 'token') } = options;
  return {
    cacheDirectory: resolve(cacheDirectory),
    endpoint: endpointOf(options.endpoint ?? defaultEndpoint),
    token: options.token ?? (tokenFile === null ? undefined : await tokenIn(tokenFile)),
    offline: options.offline ?? false,
    copies: options.copies ?? false,
    retryMs: options.retryMs ?? 1000,
    signal: options.signal,
    onProgress: options.onProgress ?? (() => undefined),
    onNotice: options.onNotice ?? (() => undefined),
  };
}

const defaultEndpoint = 'https://huggingface.co';

function endpointOf(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url !== undefined && /^https?:$/u.test(url.protocol)) return endpoint.replace(/\/+$/u, '');
  throw badOption(
    'endpoint',
    endpoint,
    'give the address of a hub, such as https://huggingface.co (HF_ENDPOINT)',
  );
}

async function tokenIn(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const token = text.trim();
  if (token === '') return undefined;
  // It goes into a header, and must not reach an error's message.
  if (/^[\x21-\x7e]+$/u.test(token)) return token;
  const message = `${file} holds no access token (HF_TOKEN_PATH): write it again with hf auth login, or remove the file`;
  throw new ToeditError('BAD_OPTION', message, { place: { file } });
}
