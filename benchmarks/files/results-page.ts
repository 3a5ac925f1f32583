import { loadavg } from 'node:os';
import type { Build } from '../builds/build.ts';
import type { Spent } from '../builds/spent.ts';
import { median } from '../median.ts';
import { type Format, formats } from './corpora.ts';

/** A build at the files of one format, and what its runs spent. */
export interface Contestant {
  readonly build: Build;
  readonly format: Format;
  readonly files: number;
  /** NaN where nothing counts them. */
  readonly syncsPerFile: number;
  readonly rounds: {
    /** A run of one file. */
    readonly start: Spent;
    readonly whole: Spent;
    /** As `whole`, every sync returning at once. */
    readonly unsynced: Spent | undefined;
  }[];
}

/** Files of the run whose syncs are counted. */
export const tracedFiles = 20;

/** What a file is to cost at most, in seconds of processor time, and how many a second are to be done. */
const goals = { cpuSeconds: 0.05, filesPerSecond: 200 };

/** The page `RESULTS.md`. */
export function resultsPage(contestants: readonly Contestant[], machine: string): string {
  const [first] = contestants;
  if (first === undefined) throw new Error('nothing was measured');
  const without = Number.isNaN(first.syncsPerFile) ? ' (strace is missing: not counted)' : '';
  const unsynced =
    first.rounds[0]?.unsynced === undefined ? ' (libeatmydata is missing: not measured)' : '';
  return `# Files

**Question.** What does a file cost by itself, beside its tokens? How much of that is waiting for the disk?

**Scope.** \`toedit edit\` of a directory of files of one paragraph each, as a whole command; a null scorer in place of the forward pass, and
the embedded prior's tokenizer. One process.

**Machine.** ${machine}. Load average at the end: ${(loadavg()[0] ?? 0).toFixed(1)}.

**Method.** Each run is a process of its own; builds and formats in turns, ${String(first.rounds.length)} rounds, medians; ratios are taken round by round. *CPU s a file*: user
and system time of all threads, less that of a run of one file, over the other files. *Start*: the wall time of a run of one file. *Syncs*: calls of fsync and fdatasync,
counted by strace over ${String(tracedFiles)} files${without}. *Without syncs*: the same run with libeatmydata, which lets them return at once${unsynced}. Regenerate:
\`npm run benchmark -- files [FILES [ROUNDS]] [--baseline DIRECTORY [--baseline-files N]]\`.

| format | build | files | files/s | CPU s a file | CPU, times less than baseline | start, s | syncs a file | files/s without syncs | wall ms a file that syncs cost |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
${contestants.map((contestant) => row(contestant, contestants)).join('\n')}

**Verdict.** Goals: at most ${String(goals.cpuSeconds)} s of processor time a file, and ${String(goals.filesPerSecond)} files/s. ${contestants
    .filter(({ build }) => build.name === 'this')
    .map(verdict)
    .join(' ')}
`;
}

function row(contestant: Contestant, all: readonly Contestant[]): string {
  const { build, format, files, syncsPerFile, rounds } = contestant;
  const unsynced = rounds.flatMap((round) => (round.unsynced ? [round.unsynced.seconds] : []));
  const saved = rounds.flatMap(({ whole, unsynced: without }) =>
    without ? [(1000 * (whole.seconds - without.seconds)) / files] : [],
  );
  const cells = [
    ...[formats[format], `${build.name} (${build.commit})`, files],
    filesPerSecond(contestant).toFixed(1),
    median(cpuSecondsPerFile(contestant)).toFixed(4),
    timesLess(contestant, all),
    median(rounds.map(({ start }) => start.seconds)).toFixed(2),
    Number.isNaN(syncsPerFile) ? '' : syncsPerFile.toFixed(1),
    unsynced.length === 0 ? '' : (files / median(unsynced)).toFixed(1),
    saved.length === 0 ? '' : median(saved).toFixed(1),
  ];
  return `| ${cells.join(' | ')} |`;
}

function filesPerSecond({ files, rounds }: Contestant): number {
  return files / median(rounds.map(({ whole }) => whole.seconds));
}

function cpuSecondsPerFile({ files, rounds }: Contestant): readonly number[] {
  return rounds.map(({ start, whole }) => (whole.cpuSeconds - start.cpuSeconds) / (files - 1));
}

function timesLess(contestant: Contestant, all: readonly Contestant[]): string {
  const baseline = all.find(
    ({ build, format }) => build.name === 'baseline' && format === contestant.format,
  );
  if (baseline === undefined) return '';
  const before = cpuSecondsPerFile(baseline);
  const ratios = cpuSecondsPerFile(contestant).map((own, i) => (before[i] ?? Number.NaN) / own);
  return median(ratios).toFixed(1);
}

function verdict(contestant: Contestant): string {
  const cpuSeconds = median(cpuSecondsPerFile(contestant));
  const rate = filesPerSecond(contestant);
  const isMet = cpuSeconds <= goals.cpuSeconds && rate >= goals.filesPerSecond;
  return `${formats[contestant.format]}: ${cpuSeconds.toFixed(3)} s and ${rate.toFixed(0)} files/s, ${isMet ? 'met' : 'not met'}.`;
}
