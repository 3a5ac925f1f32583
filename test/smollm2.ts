import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const unpackScript = fileURLToPath(
  new URL('../../shared/models/smollm2-135m/unpack.mjs', import.meta.url),
);

/** False where the packed model is absent; then tests that need it are skipped, and say so. */
export const hasSmolLm2: boolean = existsSync(unpackScript);

if (!hasSmolLm2) console.warn(`skipped: tests on SmolLM2 need ${unpackScript}`);

/**
 * The directory of SmolLM2-135M with both of its graphs, unpacked once into the system's temporary directory. It appears
 * by rename, so it is whole where it exists, whichever run made it.
 */
export async function smolLm2Directory(): Promise<string> {
  const directory = join(tmpdir(), 'toedit-smollm2-135m');
  if (existsSync(directory)) return directory;
  const temporary = await mkdtemp(`${directory}-`);
  try {
    const args = [unpackScript, temporary, 'model', 'model_gqa'];
    await promisify(execFile)(process.execPath, args);
    await rename(temporary, directory).catch((error: unknown) => {
      if (!existsSync(directory)) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return directory;
}
