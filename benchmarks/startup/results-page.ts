import { loadavg } from 'node:os';
import { median } from '../median.ts';

/** One prior, and what its starts took in milliseconds, round by round. */
export interface Start {
  readonly name: string;
  readonly model: string;
  readonly modelFile: string;
  readonly floor: Readonly<Record<string, number>>[];
  readonly parts: Readonly<Record<string, number>>[];
  readonly whole: Readonly<Record<string, number>>[];
  /** As `whole`, the model's files not in the page cache. */
  readonly cold: Readonly<Record<string, number>>[];
}

const parts = {
  config: 'read config.json',
  tokenizer: 'tokenizer: read it, build the table of token bytes, start its thread',
  graph: 'read the graph',
  split: 'split the graph',
  fingerprint: 'hash the weights',
  identified: 'identify the prior, its weights hashed before',
  prior: 'open the prior: all of these again but for the hash, and the sessions',
  batch: 'first batch, of two tokens',
} as const;

/** The page `RESULTS.md`. */
export function resultsPage(starts: readonly Start[], machine: string): string {
  const names = starts.map(({ name }) => name).join(' | ');
  const rule = starts.map(() => '--- |').join(' ');
  const row = (label: string, of: (start: Start) => string): string =>
    `| ${label} | ${starts.map(of).join(' | ')} |`;
  const verdicts = starts.map((start) => {
    const [first, floor] = [seconds(start.whole, 'firstBatch'), seconds(start.floor, 'opened')];
    return `${start.name}: ${first.toFixed(1)} s, ${(first / floor).toFixed(1)} times as long as ONNX Runtime takes to open the model alone`;
  });
  return `# Startup

**Question.** How long from the start of the process to the first scored batch, and to the first output? Where does the time go?

**Scope.** CPU; a Parquet file of one document of a few dozen tokens, so that hardly anything but the start is measured.

**Machine.** ${machine}, onnxruntime-node 1.30.0. Load average at the end: ${(loadavg()[0] ?? 0).toFixed(1)}.

**Method.** Each start is a process of its own, in turns, ${String(starts[0]?.whole.length)} rounds after one to warm up; seconds, medians. *Whole*: \`editCorpus\`, from the
start of the process. *Floor*: a process that imports onnxruntime-node and opens the model, nothing else. *Cold*: the whole, the model's files dropped from the page
cache before (${String(starts[0]?.cold.length)} rounds). *Parts* are taken one after the other in a process of their own. Regenerate: \`npm run benchmark -- startup\`.

| | ${names} |
| --- | ${rule}
${row('floor: process started, onnxruntime-node imported', (start) => shown(start.floor, 'imported'))}
${row('floor: model open', (start) => shown(start.floor, 'opened'))}
${row('whole: process started, toedit imported', (start) => shown(start.whole, 'imported'))}
${row('whole: first batch scored', (start) => shown(start.whole, 'firstBatch'))}
${row('whole: first output', (start) => shown(start.whole, 'firstOutput'))}
${row('cold: first batch scored', (start) => shown(start.cold, 'firstBatch'))}
${Object.entries(parts)
  .map(([name, label]) => row(`part: ${label}`, (start) => shown(start.parts, name)))
  .join('\n')}

**Verdict.** To the first scored batch, ${verdicts.join('; ')}.
`;
}

function seconds(rounds: readonly Readonly<Record<string, number>>[], name: string): number {
  return median(rounds.map((round) => (round[name] ?? Number.NaN) / 1000));
}

function shown(rounds: readonly Readonly<Record<string, number>>[], name: string): string {
  return seconds(rounds, name).toFixed(2);
}
