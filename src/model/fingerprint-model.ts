import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { sha256OfFile } from '../files/sha256-of-file.ts';
import { whileUnchanged } from '../files/while-unchanged.ts';
import { modelInvalid } from './model-invalid.ts';
import type { ModelFile } from './read-model-file.ts';
import { requireInside } from './require-inside.ts';

/**
 * SHA-256 over a model's graph and all of its external data, in hexadecimal. The data is streamed: of a model of
 * gigabytes no more than 1 MiB is in memory. Data that this process has hashed before are hashed again only where the file
 * has changed since.
 *
 * @throws ToeditError MODEL_INVALID where external data cannot be read, or lie outside the model's directory.
 */
export async function fingerprintModel(
  path: string,
  { graph, locations }: Pick<ModelFile, 'graph' | 'locations'>,
): Promise<string> {
  const hash = createHash('sha256').update(graph);
  try {
    requireInside(locations);
    for (const location of locations) {
      hash.update(await digestOf(join(dirname(path), location)));
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw modelInvalid(path, `its weights cannot be reached: ${reason}`, cause);
  }
  return hash.digest('hex');
}

/** A run identifies its prior when it is planned, and once more when it is opened. */
const digestOf = whileUnchanged(sha256OfFile);
