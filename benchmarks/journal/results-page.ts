import { loadavg } from 'node:os';
import type { Build } from '../builds/build.ts';
import type { Edited } from '../builds/edit-with.ts';
import type { Writes } from '../builds/trace-writes.ts';
import { median } from '../median.ts';
import { type Format, formats } from './corpora.ts';

/** A build at the file of one format, and what its runs spent. */
export interface Contestant {
  readonly build: Build;
  readonly format: Format;
  /** Of a tenth of the text; undefined where nothing counts them. */
  readonly writes: Writes | undefined;
  readonly rounds: Edited[];
}

/** The page `RESULTS.md`. */
export function resultsPage(contestants: readonly Contestant[], machine: string): string {
  const [first] = contestants;
  const [summary] = first?.rounds.map((round) => round.summary) ?? [];
  if (first === undefined || summary === undefined) throw new Error('nothing was measured');
  const without = first.writes === undefined ? ' (strace is missing: not counted)' : '';
  const changed = ((100 * summary.changed) / summary.tokens).toFixed(1);
  return `# Journal

**Question.** How much does a run write for each byte of text, how fast is it, and in how much memory?

**Scope.** \`toedit edit\` of one file of ${(summary.textBytes / 1e6).toFixed(0)} MB of text in ${summary.files[0]?.rows ?? 0} rows (\`paragraphs.parquet\`, repeated), as a whole command; a null scorer in place of
the forward pass, and the embedded prior's tokenizer. Of the tokens ${changed} % are changed, more than any prior does.

**Machine.** ${machine}. Load average at the end: ${(loadavg()[0] ?? 0).toFixed(1)}.

**Method.** Each run is a process of its own; builds and formats in turns, ${String(first.rounds.length)} rounds, medians; ratios are taken round by round. MB are 10^6 bytes of
text. *Journal*, *output*, *other state*: bytes written there for each byte of text, and *syncs* calls of fsync and fdatasync for each MB of text, counted by strace over a tenth of
the text${without}. Peak memory is the operating system's, the embedded prior included. Regenerate: \`npm run benchmark -- journal [MEGABYTES [ROUNDS]] [--baseline DIRECTORY]\`.

| format | build | MB/s | times baseline | CPU s a MB | peak RSS, MiB | journal | output | other state | syncs a MB |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
${contestants.map((contestant) => row(contestant, contestants)).join('\n')}

**Verdict.** ${contestants
    .filter(({ build }) => build.name === 'this')
    .map((contestant) => verdict(contestant, contestants))
    .join(' ')}
`;
}

function row(contestant: Contestant, all: readonly Contestant[]): string {
  const { build, format, writes, rounds } = contestant;
  const cpuSeconds = rounds.map((round) => round.cpuSeconds / megabytesOf(round));
  const perByte = (bytes: number): string => (bytes / (writes?.textBytes ?? Number.NaN)).toFixed(3);
  const counted = writes && [
    ...[writes.journalBytes, writes.outputBytes, writes.stateBytes].map(perByte),
    ((1e6 * writes.syncs) / writes.textBytes).toFixed(1),
  ];
  const cells = [
    ...[formats[format], `${build.name} (${build.commit})`],
    median(rates(contestant)).toFixed(2),
    build.name === 'this' ? timesBaseline(contestant, all) : '',
    median(cpuSeconds).toFixed(2),
    peakMebibytes(contestant).toFixed(0),
    ...(counted ?? ['', '', '', '']),
  ];
  return `| ${cells.join(' | ')} |`;
}

function verdict(contestant: Contestant, all: readonly Contestant[]): string {
  const baseline = baselineOf(contestant, all);
  const was = (value: string | undefined): string => (value === undefined ? '' : ` (was ${value})`);
  const journalled = ({ writes }: Contestant): string =>
    writes === undefined ? 'uncounted' : (writes.journalBytes / writes.textBytes).toFixed(3);
  const memory = (of: Contestant): string => peakMebibytes(of).toFixed(0);
  return `${formats[contestant.format]}: ${journalled(contestant)} bytes journalled a byte of text${was(baseline && journalled(baseline))}, peak memory ${memory(contestant)} MiB${was(baseline && memory(baseline))}.`;
}

function megabytesOf({ summary }: Edited): number {
  return summary.textBytes / 1e6;
}

function rates({ rounds }: Contestant): readonly number[] {
  return rounds.map((round) => megabytesOf(round) / round.seconds);
}

function peakMebibytes({ rounds }: Contestant): number {
  return median(rounds.map(({ peakRssBytes }) => peakRssBytes / 2 ** 20));
}

function baselineOf({ format }: Contestant, all: readonly Contestant[]): Contestant | undefined {
  return all.find(({ build, format: of }) => build.name === 'baseline' && of === format);
}

function timesBaseline(contestant: Contestant, all: readonly Contestant[]): string {
  const baseline = baselineOf(contestant, all);
  if (baseline === undefined) return '';
  const before = rates(baseline);
  return median(rates(contestant).map((rate, i) => rate / (before[i] ?? Number.NaN))).toFixed(2);
}
