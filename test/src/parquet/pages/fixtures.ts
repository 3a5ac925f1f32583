import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../sandbox.ts';

/** Files of other writers. */
export const fixtures: string = join(root, 'test/fixtures/parquet');

const hasFixtures = existsSync(fixtures);
if (!hasFixtures) console.warn(`skipped: files of other writers, which lie in ${fixtures}`);

/** Those whose name begins so, in order; none where they are absent. */
export function fixtureNames(beginning: RegExp): string[] {
  if (!hasFixtures) return [];
  return readdirSync(fixtures)
    .filter((name) => name.endsWith('.parquet') && beginning.test(name))
    .sort();
}
