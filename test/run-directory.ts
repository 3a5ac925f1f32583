import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Where the run in an output directory keeps its journals, claims, parts and ledgers; the state's own while there is none. */
export function runDirectory(output: string): string {
  const state = join(output, '.toedit');
  const names = existsSync(state) ? readdirSync(state) : [];
  const run = names.find((name) => existsSync(join(state, name, 'claims')));
  return join(state, run ?? 'no-run');
}
