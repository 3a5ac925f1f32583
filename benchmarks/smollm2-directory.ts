import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const shared = join(process.cwd(), '..', 'shared');

/** A file of the shared data, which lies beside the checkout. */
export function sharedFile(name: string): string {
  return join(shared, name);
}

/**
 * SmolLM2-135M with both of its graphs, unpacked once into the temporary directory.
 *
 * @throws Error where the shared models are absent.
 */
export function smollm2Directory(): string {
  const directory = join(tmpdir(), 'toedit-smollm2-135m');
  if (existsSync(join(directory, 'onnx', 'model_gqa.onnx_data'))) return directory;
  const script = sharedFile('models/smollm2-135m/unpack.mjs');
  if (!existsSync(script)) throw new Error(`this benchmark needs ${script}`);
  const unpacked = mkdtempSync(`${directory}-`);
  execFileSync(process.execPath, [script, unpacked, 'model', 'model_gqa'], { stdio: 'inherit' });
  renameSync(unpacked, directory);
  return directory;
}
