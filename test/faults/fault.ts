import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Start } from '../cli/run-toedit.ts';
import { root } from '../sandbox.ts';

/** A command that runs once a journal's `commit`-th batch is on disk, while the program waits; `$PPID` is the program. */
export function atCommit(commit: number, command: string): Start {
  return preload('at-commit', { FAULT_COMMIT: String(commit), FAULT_COMMAND: command });
}

/** A command that runs before or after the `rename`-th finished file is renamed into place, while the program waits. */
export function atRename(rename: number, moment: 'before' | 'after', command: string): Start {
  return preload('at-rename', {
    ...{ FAULT_RENAME: String(rename), FAULT_MOMENT: moment, FAULT_COMMAND: command },
  });
}

/** Reads of these files fail with EIO where they hold that byte. */
export function failingReads(files: readonly string[], byte: number): Start {
  return preload('failing-reads', { FAULT_FILES: files.join(','), FAULT_BYTE: String(byte) });
}

/** The thread of that module dies instead of giving its `answer`-th answer. */
export function dyingWorker(module: string, answer: number, how: 'exit' | 'throw'): Start {
  return preload('dying-worker', {
    ...{ FAULT_MODULE: module, FAULT_ANSWER: String(answer), FAULT_HOW: how },
  });
}

/** Loaded before the program, in each of its threads; the program itself knows nothing of it. */
function preload(name: string, settings: Readonly<Record<string, string>>): Start {
  const url = pathToFileURL(join(root, `test/fixtures/faults/${name}.mjs`)).href;
  return { env: { ...settings, NODE_OPTIONS: `--import=${url}` } };
}
