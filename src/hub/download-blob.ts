import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ToeditError } from '../errors.ts';
import { makeDirectory, syncDirectory } from '../files/commit-file.ts';
import { reasonOfFetch } from '../stores/web-request.ts';
import { usualTries } from '../stores/with-retries.ts';
import { cacheUnwritable } from './cache-paths.ts';
import type { HubSettings } from './hub-options.ts';
import { askHub, hubUnreachable, silenceMs } from './hub-request.ts';
import { openPart, type Part } from './part-file.ts';
import type { RepositoryFile } from './repository-files.ts';

/** A blob that is to be had. */
export interface WantedBlob {
  readonly file: RepositoryFile;
  readonly url: string;
  /** What errors name. */
  readonly subject: string;
  /** Called with the bytes that have come, now or before; fewer than none where some were worth nothing. */
  readonly onBytes: (bytes: number, isFetched: boolean) => void;
}

/**
 * Downloads a file to its place among the blobs. What comes stands in a part beside it, which the next call continues from where it ends, by
 * HTTP ranges; the blob appears when all bytes are there and have the hash that the hub lists.
 *
 * @throws ToeditError HUB_UNREACHABLE where the way to it failed again and again, the part is kept; DOWNLOAD_CORRUPT where other bytes
 * came, twice; WRITE_FAILED; the signal's reason.
 */
export async function downloadBlob(
  path: string,
  wanted: WantedBlob,
  settings: HubSettings,
): Promise<void> {
  const partPath = `${path}.toedit.incomplete`;
  await makeDirectory(dirname(path)).catch((error: unknown) => {
    throw cacheUnwritable(path, error);
  });
  for (let attempt = 1; ; attempt++) {
    await using part = await openPart(partPath, wanted.file);
    wanted.onBytes(part.bytes, false);
    await fill(part, wanted, settings);
    if (await part.isWhole()) {
      await publish(part, partPath, path);
      return;
    }
    wanted.onBytes(-part.bytes, false);
    await rm(partPath, { force: true });
    // Once, the beginning may be at fault, which an earlier process has left.
    if (attempt === 2) throw corrupt(wanted, settings);
  }
}

async function publish(part: Part, partPath: string, path: string): Promise<void> {
  try {
    await part.sync();
    await rename(partPath, path);
    await syncDirectory(dirname(path));
  } catch (error) {
    throw cacheUnwritable(path, error);
  }
}

function corrupt({ subject }: WantedBlob, { endpoint }: HubSettings): ToeditError {
  const remedy =
    'run it again; if it stays so, a proxy or mirror on the way changes it: see HF_ENDPOINT';
  const message = `${subject}: what came from ${endpoint} is not what it lists (its hash or size is another): ${remedy}`;
  return new ToeditError('DOWNLOAD_CORRUPT', message);
}

/** Asks for the rest until it is all there. Tries count from the last one that brought something. */
async function fill(part: Part, wanted: WantedBlob, settings: HubSettings): Promise<void> {
  const { signal, retryMs, endpoint } = settings;
  for (let failures = 0; part.bytes < wanted.file.bytes; ) {
    const before = part.bytes;
    const failure = await append(part, wanted, settings);
    if (failure === undefined) return;
    failures = part.bytes > before ? 1 : failures + 1;
    if (failures >= usualTries) throw hubUnreachable(wanted.subject, endpoint, failure);
    await sleep(retryMs * 2 ** (failures - 1), undefined, { signal }).catch(() =>
      signal?.throwIfAborted(),
    );
  }
}

/** Appends what one response brings; resolves with why it ended too soon, undefined where there is nothing more to ask for. */
async function append(
  part: Part,
  wanted: WantedBlob,
  settings: HubSettings,
): Promise<string | undefined> {
  const { url, subject, file, onBytes } = wanted;
  using silence = silenceLimit();
  const asked = part.bytes;
  // As they are: of compressed bytes a range would mean something else.
  const range = asked === 0 ? undefined : { range: `bytes=${asked}-` };
  const headers = { 'accept-encoding': 'identity', ...range };
  const response = await askHub({ url, headers, subject }, settings, silence.signal);
  if (!continues(response, asked)) {
    onBytes(-asked, false);
    await part.restart();
  }
  const refusal = refusalOf(response, asked);
  if (refusal !== undefined) {
    await response.body?.cancel();
    return refusal;
  }
  try {
    for await (const chunk of chunksOf(response)) {
      silence.renew();
      await part.append(chunk);
      onBytes(chunk.length, true);
      // More than all of it: the hash will say so.
      if (part.bytes > file.bytes) return undefined;
    }
  } catch (error) {
    settings.signal?.throwIfAborted();
    if (error instanceof ToeditError) throw error;
    return `the connection ended: ${reasonOfFetch(error)}`;
  }
  return part.bytes < file.bytes && !isAtItsEnd(response, file.bytes)
    ? 'the connection ended before the file did'
    : undefined;
}

/** `fetch` declares its body without saying that it can be read so. */
function chunksOf({ body }: Response): AsyncIterable<Uint8Array> {
  return (body ?? []) as unknown as AsyncIterable<Uint8Array>;
}

function refusalOf({ status }: Response, asked: number): string | undefined {
  if (status === 416) return `it has no more than ${asked} bytes of it`;
  return status === 206 && asked === 0 ? 'it sent a part that was not asked for' : undefined;
}

/** Whether a response that ended in good order was all that the server has. */
function isAtItsEnd({ status, headers }: Response, bytes: number): boolean {
  if (status === 206) return Number(headers.get('content-range')?.split('/')[1]) !== bytes;
  return headers.has('content-length') || headers.has('transfer-encoding');
}

/** Whether a response goes on where the part ends; a server that knows no ranges begins anew. */
function continues({ status, headers }: Response, asked: number): boolean {
  if (asked === 0) return true;
  return status === 206 && (headers.get('content-range') ?? '').startsWith(`bytes ${asked}-`);
}

interface SilenceLimit extends Disposable {
  readonly signal: AbortSignal;
  readonly renew: () => void;
}

/** Aborted where nothing comes for a minute. */
function silenceLimit(): SilenceLimit {
  const controller = new AbortController();
  const begin = (): NodeJS.Timeout =>
    setTimeout(() => {
      controller.abort(new Error(`nothing came for ${silenceMs / 1000} s`));
    }, silenceMs);
  let timer = begin();
  return {
    signal: controller.signal,
    renew: () => {
      clearTimeout(timer);
      timer = begin();
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
