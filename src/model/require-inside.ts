import { isAbsolute, normalize } from 'node:path';

/**
 * Makes sure that external data lie in the model's directory. ONNX Runtime refuses others, too; here they would also be
 * read, or linked to, wherever they point.
 *
 * @throws Error naming the location.
 */
export function requireInside(locations: readonly string[]): void {
  for (const location of locations) {
    if (!isAbsolute(location) && !normalize(location).startsWith('..')) continue;
    throw new Error(`external data ${location} lies outside the model's directory`);
  }
}
