import { createHash } from 'node:crypto';
import { constants, type FileHandle, open, rename, stat } from 'node:fs/promises';
import { ToeditError } from '../errors.ts';
import type { ObjectFacts } from '../stores/object-store.ts';
import { readObject, type StoreOptions, statObject } from '../stores/objects.ts';
import { objectChanged, storeMissing } from '../stores/store-errors.ts';
import { sha256OfFile } from './read-bytes.ts';
import { writeFailed, writeWhole } from './write-bytes.ts';

/** Bytes of one request: few enough to be asked again, many enough for the way there. */
const pieceBytes = 4 * 2 ** 20;
/** Pieces that are asked for at once: so many are in memory. */
const piecesInFlight = 4;

/**
 * Copies an object to a file, by ranges of 4 MiB of which four are under way. The file appears whole. What an earlier process has left of it,
 * `<path>.part`, is continued.
 *
 * @param path - a name that this content alone has.
 * @param facts - of the content that is wanted.
 * @throws ToeditError `INPUT_CHANGED` where the object is another one by now; `WRITE_FAILED`; as `readObject`.
 */
export async function copyObject(
  url: string,
  { path, facts }: { readonly path: string; readonly facts: ObjectFacts },
  options: StoreOptions = {},
): Promise<void> {
  if ((await sizeOf(path)) === facts.bytes) return;
  const part = `${path}.part`;
  const file = await open(part, constants.O_RDWR | constants.O_CREAT).catch((error: unknown) => {
    throw writeFailed(part, error);
  });
  try {
    await fill(file, part, { url, facts }, options);
  } finally {
    await file.close();
  }
  await requireSame(url, part, facts, options);
  await rename(part, path).catch((error: unknown) => {
    throw writeFailed(path, error);
  });
}

/** A name within a directory that no other content has. */
export function copyName(url: string, { etag, bytes }: ObjectFacts): string {
  const hash = createHash('sha256').update(JSON.stringify([url, etag, bytes]));
  return `${hash.digest('hex').slice(0, 16)}.object`;
}

async function sizeOf(path: string): Promise<number | null> {
  return (await stat(path).catch(() => null))?.size ?? null;
}

interface Wanted {
  readonly url: string;
  readonly facts: ObjectFacts;
}

/**
 * Pieces are written in their order, each synced before the next: whoever dies leaves a beginning, of which the last piece alone is not
 * trusted. It is never made shorter: a process that was taken for dead writes the same bytes.
 */
async function fill(
  file: FileHandle,
  part: string,
  { url, facts }: Wanted,
  { signal, retryMs }: StoreOptions,
): Promise<void> {
  const whole = Math.floor(((await file.stat()).size - 1) / pieceBytes);
  let written = Math.max(0, whole - 1) * pieceBytes;
  let asked = written;
  const end = new AbortController();
  const ends = signal === undefined ? end.signal : AbortSignal.any([end.signal, signal]);
  const pieces: Promise<Uint8Array>[] = [];
  try {
    while (written < facts.bytes) {
      while (pieces.length < piecesInFlight && asked < facts.bytes) {
        const range = { start: asked, length: Math.min(pieceBytes, facts.bytes - asked) };
        const piece = readObject(url, { ...range, facts }, { signal: ends, retryMs });
        // Whoever awaits it hears of its failure.
        piece.catch(() => undefined);
        pieces.push(piece);
        asked += range.length;
      }
      const bytes = await pieces.shift();
      if (bytes !== undefined) written += await writeAt(file, part, { bytes, position: written });
    }
  } finally {
    end.abort();
  }
}

async function writeAt(
  file: FileHandle,
  part: string,
  { bytes, position }: { readonly bytes: Uint8Array; readonly position: number },
): Promise<number> {
  try {
    await writeWhole(file, bytes, position);
    await file.datasync();
    return bytes.length;
  } catch (error) {
    throw writeFailed(part, error);
  }
}

/** Not every store looks at the condition of a request: the object is asked for once more. */
async function requireSame(
  url: string,
  part: string,
  facts: ObjectFacts,
  options: StoreOptions,
): Promise<void> {
  if (facts.sha256 !== null) {
    if ((await sha256OfFile(part)) === facts.sha256) return;
    const message = `${url}: what came does not have the hash that the store states; run again, and if it stays so, a proxy or mirror on the way changes it`;
    throw new ToeditError('DOWNLOAD_CORRUPT', message, { place: { file: url } });
  }
  const now = await statObject(url, options);
  if (now === null) throw storeMissing(url, 'it is gone', 'put it back and run again');
  if (now.etag !== facts.etag || now.bytes !== facts.bytes) throw objectChanged(url, facts.etag);
}
