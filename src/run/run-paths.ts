import { join, resolve } from 'node:path';

/** Where the state of a run lies: in a hidden directory within its output. */
export interface RunPaths {
  /** The output directory, absolute. */
  readonly output: string;
  /** Rows that were set aside, in a tree like the output's; hidden, so that no reader of the output picks them up. */
  readonly deadLetters: string;
  /** The directory of all that follows. */
  readonly state: string;
  /** The frozen plan, in JSON lines. */
  readonly manifest: string;
  /** A directory a unit in flight: its journal. */
  readonly journals: string;
  /** A file a task in flight: who works on it. */
  readonly claims: string;
  /** A file a unit: what was edited in it, where that is kept. */
  readonly edits: string;
  /** Files that are being written, before they appear in the output. */
  readonly parts: string;
  /** For each worker, by its name, `<name>.ledger.jsonl` and `<name>.metrics.jsonl`. */
  readonly workers: string;
}

/** The name of the directory within the output that holds a run's state. */
export const stateDirectory = '.toedit';

/** The paths of the run that writes to `output`. */
export function runPaths(output: string): RunPaths {
  const absolute = resolve(output);
  const root = join(absolute, stateDirectory);
  return {
    output: absolute,
    deadLetters: join(absolute, '.dead-letters'),
    state: root,
    manifest: join(root, 'manifest.jsonl'),
    journals: join(root, 'journals'),
    claims: join(root, 'claims'),
    edits: join(root, 'edits'),
    parts: join(root, 'parts'),
    workers: join(root, 'workers'),
  };
}
