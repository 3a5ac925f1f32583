import { join } from 'node:path';
import type { RunSummary } from '../../src/metrics/summary.ts';
import { writeKillCorpus } from './kill-corpus.ts';
import { startToedit } from './start-toedit.ts';

/** A command whose runs are killed: `edit` reads a corpus, the others what a run over that corpus has left. */
export type KilledCommand = 'edit' | 'resample' | 'revert';

export const killedCommands: readonly KilledCommand[] = ['edit', 'resample', 'revert'];

const rule = ['--preset', 'official-up', '--threshold', '0.5', '--seed', '7'];
const policy = ['--on-bad-row', 'dead-letter'];

/** The flags of all runs of a command. */
export function flagsOf(command: KilledCommand): readonly string[] {
  return command === 'revert' ? [] : [...rule, ...policy];
}

/**
 * Writes what a command reads, below an empty directory. Returns where it is.
 *
 * @throws Error where the run that is to be read does not end as it should.
 */
export async function writeInput(command: KilledCommand, directory: string): Promise<string> {
  const corpus = join(directory, 'corpus');
  await writeKillCorpus(corpus);
  if (command === 'edit') return corpus;
  const before = join(directory, command === 'revert' ? 'edited' : 'scored');
  const kept = ['--candidates', '8', '--candidate-threshold', '0.5'];
  const args = command === 'revert' ? ['edit', ...flagsOf('edit')] : ['score', ...kept];
  const { code, stderr } = await startToedit([...args, corpus, '--output', before]).ended;
  if (code !== 3) throw new Error(`${args.join(' ')} ended with ${String(code)}: ${stderr}`);
  return before;
}

/** @throws Error where an undisturbed run did not come by all that a kill could spoil. */
export function requireEvents(command: KilledCommand, summary: RunSummary): void {
  const { changed, deadLetters, tasks } = summary;
  // Rows that were set aside, and the file that is cut off, are not among what an edit has written.
  const hasBad = command === 'revert' || (deadLetters > 0 && tasks.bad === 1);
  if (changed > 0 && hasBad) return;
  throw new Error('the corpus of the kill test is to be edited, and one of its files is bad');
}
