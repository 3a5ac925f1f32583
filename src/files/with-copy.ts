import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ObjectFacts } from '../stores/object-store.ts';
import { statObject } from '../stores/objects.ts';
import { objectChanged, storeMissing } from '../stores/store-errors.ts';
import { copyName, copyObject } from './copy-object.ts';
import { writeFailed } from './write-bytes.ts';

/** Where copies of objects lie that a later process may continue. */
export interface CopyPlace {
  readonly directory: string;
  /** What their names begin with there. */
  readonly prefix: string;
}

/** An object to be read as a file. */
export interface ObjectToCopy {
  readonly url: string;
  /** What it is to be. @defaultValue what it is now */
  readonly facts?: Pick<ObjectFacts, 'bytes' | 'etag'> | undefined;
  /** @defaultValue a temporary directory, which goes in any case */
  readonly copies?: CopyPlace | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Ends the copying: what has come stays. */
  readonly stop?: AbortSignal | undefined;
}

/**
 * Copies an object to a file, and yields what is read of that. The copy goes once all is read, and where it or reading fails; where its
 * reader stops before, it stays for the next process.
 *
 * @throws ToeditError as `copyObject`; `INPUT_CHANGED` where the object is not what it is to be; errors of `read`; the reasons of the signals.
 */
export async function* withCopy<T>(
  { url, facts: planned, copies, signal, stop }: ObjectToCopy,
  read: (path: string) => AsyncIterable<T>,
): AsyncGenerator<T, void> {
  const ends = [signal, stop].filter((each) => each !== undefined);
  const options = { signal: ends.length === 0 ? undefined : AbortSignal.any(ends) };
  const facts = await statObject(url, options);
  if (facts === null) throw storeMissing(url, 'there is no such object', 'check its name');
  if (planned !== undefined && (planned.etag !== facts.etag || planned.bytes !== facts.bytes)) {
    throw objectChanged(url, planned.etag);
  }
  const own = copies ?? (await temporaryPlace());
  const path = join(own.directory, `${own.prefix}${copyName(url, facts)}`);
  let stays = false;
  try {
    await copyObject(url, { path, facts }, options);
    stays = copies !== undefined;
    yield* read(path);
    stays = false;
  } catch (error) {
    stays = copies !== undefined && options.signal?.aborted === true;
    throw error;
  } finally {
    if (!stays) await removeCopy(path);
    if (copies === undefined) await rm(own.directory, { recursive: true, force: true });
  }
}

async function temporaryPlace(): Promise<CopyPlace> {
  const directory = await mkdtemp(join(tmpdir(), 'toedit-object-')).catch((error: unknown) => {
    throw writeFailed(tmpdir(), error);
  });
  return { directory, prefix: '' };
}

async function removeCopy(path: string): Promise<void> {
  await rm(path, { force: true });
  await rm(`${path}.part`, { force: true });
}
