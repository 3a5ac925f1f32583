import { join, resolve } from 'node:path';

/** What lies in an output directory, whichever run it holds. */
export interface StatePaths {
  /** The output directory, absolute. */
  readonly output: string;
  /** Rows that were set aside, in a tree like the output's; hidden, so that no reader of the output picks them up. */
  readonly deadLetters: string;
  /** The hidden directory of all that follows. */
  readonly state: string;
  /** The frozen plan, in JSON Lines: it says which run is in the directory. */
  readonly manifest: string;
}

/**
 * Where the state of one run lies: in a directory of its own name, so that nothing of another run is ever taken for its
 * own, and so that paths of a run that was retired lead nowhere. Made by `enterRun`, and by nobody else.
 */
export interface RunPaths extends StatePaths {
  /** The name of the run: see `Manifest`. */
  readonly run: string;
  /** The directory of all that follows. */
  readonly own: string;
  /** A directory an output file in flight: its journal. */
  readonly journals: string;
  /** A file a task in flight: who works on it. */
  readonly claims: string;
  /** A file an output file: what was edited in it, where that is kept. */
  readonly edits: string;
  /** Files that are being written, before they appear in the output. */
  readonly parts: string;
  /** The bytes of the prior's tokens, where scores are kept to be resampled. */
  readonly vocabulary: string;
  /** For each worker, by its name, `<name>.ledger.jsonl` and `<name>.metrics.jsonl`. */
  readonly workers: string;
}

/** The name of the directory within the output that holds a run's state. */
export const stateDirectory = '.toedit';

/** The paths of whatever run writes to `output`. */
export function statePaths(output: string): StatePaths {
  const absolute = resolve(output);
  const state = join(absolute, stateDirectory);
  return {
    output: absolute,
    deadLetters: join(absolute, '.dead-letters'),
    state,
    manifest: join(state, 'manifest.jsonl'),
  };
}

/** The paths of the run of that name which writes to `output`. */
export function runPaths(output: string, run: string): RunPaths {
  const paths = statePaths(output);
  const own = join(paths.state, run);
  return {
    ...paths,
    ...{ run, own },
    journals: join(own, 'journals'),
    claims: join(own, 'claims'),
    edits: join(own, 'edits'),
    parts: join(own, 'parts'),
    vocabulary: join(own, 'vocabulary.arrow'),
    workers: join(own, 'workers'),
  };
}
