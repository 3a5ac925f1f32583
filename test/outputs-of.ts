import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** SHA-256 of each output and dead-letter file of a run, by its path; the run's state is left out. */
export function outputsOf(directory: string): ReadonlyMap<string, string> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).toSorted();
  const outputs = new Map<string, string>();
  for (const name of names) {
    const path = join(directory, name);
    if (name.startsWith('.toedit') || statSync(path).isDirectory()) continue;
    outputs.set(name, createHash('sha256').update(readFileSync(path)).digest('hex'));
  }
  return outputs;
}
