import { messageOf } from '../errors.ts';
import { version } from '../version.ts';
import { PassingFailure } from './store-errors.ts';

/** A request to a web server. */
export interface WebRequest {
  readonly url: string;
  readonly method?: 'GET' | 'HEAD' | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Where redirects are not followed, they are returned. @defaultValue 'follow' */
  readonly redirect?: 'follow' | 'manual' | undefined;
}

/**
 * Asks a web server once. Headers with credentials go to the origin of the address only: `fetch` leaves them out elsewhere.
 *
 * @returns a response of a status below 500, but for 408 and 429; its body is to be read or cancelled.
 * @throws PassingFailure
 */
export async function askWeb(
  { url, method = 'GET', headers, redirect = 'follow' }: WebRequest,
  signal: AbortSignal,
): Promise<Response> {
  const response = await fetch(url, {
    ...{ method, redirect, signal },
    // As they are: of compressed bytes a range would mean something else.
    headers: { 'user-agent': `toedit/${version}`, 'accept-encoding': 'identity', ...headers },
  }).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new PassingFailure(reasonOfFetch(cause), { cause });
  });
  const { status } = response;
  if (status < 500 && status !== 408 && status !== 429) return response;
  await response.body?.cancel();
  throw new PassingFailure(`it answered ${status}`, { waitMs: waitOf(response.headers) });
}

/**
 * The body of a response, of which no more is taken than was asked for.
 *
 * @throws PassingFailure where it has another length.
 */
export async function bodyOf(
  response: Response,
  length: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let at = 0;
  try {
    for await (const chunk of chunksOf(response)) {
      if (at + chunk.length > length)
        throw new PassingFailure('more bytes came than were asked for');
      bytes.set(chunk, at);
      at += chunk.length;
    }
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof PassingFailure) throw cause;
    throw new PassingFailure(`the connection ended: ${reasonOfFetch(cause)}`, { cause });
  }
  if (at === length) return bytes;
  throw new PassingFailure(`the connection ended after ${at} of ${length} bytes`);
}

/** `fetch` declares its body without saying that it can be read so. */
function chunksOf({ body }: Response): AsyncIterable<Uint8Array> {
  return (body ?? []) as unknown as AsyncIterable<Uint8Array>;
}

/** What `fetch` says of a failure lies in its cause. */
export function reasonOfFetch(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const message = messageOf(cause);
  return message === '' ? code : message;
}

/** `Retry-After`, in seconds or as a date. */
export function waitOf(headers: Headers): number | undefined {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  const ms = /^\d+$/u.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
