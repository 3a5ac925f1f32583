import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeBytes } from './write-bytes.ts';
import { writeFailed } from './write-failed.ts';

/** A temporary file. Disposing removes it. */
export interface SpooledFile extends AsyncDisposable {
  readonly path: string;
}

/** Options of {@link spool}. */
export interface SpoolOptions {
  /** Where the file goes. @defaultValue the system's temporary directory */
  readonly directory?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes bytes to a temporary file, for readers that need random access. Where that fails, no file stays.
 *
 * @throws ToeditError `WRITE_FAILED`; the errors of the stream and the signal's reason pass.
 */
export async function spool(
  bytes: AsyncIterable<Uint8Array>,
  { directory = tmpdir(), signal }: SpoolOptions = {},
): Promise<SpooledFile> {
  const own = await mkdtemp(join(directory, 'toedit-')).catch((error: unknown) => {
    throw writeFailed(directory, error);
  });
  const remove = (): Promise<void> => rm(own, { recursive: true, force: true });
  const path = join(own, 'spooled');
  try {
    await writeBytes(path, bytes, { compression: 'none', path, signal });
  } catch (error) {
    await remove();
    throw error;
  }
  return { path, [Symbol.asyncDispose]: remove };
}
