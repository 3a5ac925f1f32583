import { loadavg } from 'node:os';
import type { Cost } from '../cost-of.ts';
import { median } from '../median.ts';
import type { Work } from './work.ts';

/** How many times the rate of a processor's scoring the pipeline is to reach. */
const goal = 100;

/** What rounds of one work came to. */
interface Rates {
  readonly work: Work;
  /** Of the median round. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Its rate over that of the scoring, one a round. */
  readonly ratios: readonly number[];
}

/** The page `RESULTS.md`. */
export function resultsPage(costs: ReadonlyMap<Work, readonly Cost[]>, machine: string): string {
  const rates = ratesOf(costs);
  const of = (kind: Work['kind']) => rates.filter(({ work }) => work.kind === kind);
  const [one, two] = of('whole');
  const [small] = of('small');
  const [slowest] = of('part').toSorted((a, b) => b.seconds - a.seconds);
  const [dearest] = of('part').toSorted((a, b) => b.cpuSeconds - a.cpuSeconds);
  if (!(one && two && small && slowest && dearest)) throw new Error('nothing was measured');
  const ratio = median(one.ratios);
  const partsSeconds = of('part').reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
  const cpuShare = ((100 * dearest.cpuSeconds) / partsSeconds).toFixed(0);
  const rounds = one.ratios.length;
  return `# Host ceiling

**Question.** How many tokens a second can everything but the forward pass handle? A device that scores more than that starves.

**Scope.** One process; \`paragraphs.parquet\`, repeated (${count(one.work.tokens)} SmolLM2 tokens, ${megabytes(one.work.textBytes)} MB of text). In place of the
forward pass a null scorer answers at once, with 3 % of the tokens eligible and their candidates equally probable: more to draw and
to splice than a prior gives.

**Machine.** ${machine}. Load average at the end: ${(loadavg()[0] ?? 0).toFixed(1)}.

**Method.** In one process and in turns, ${String(rounds)} rounds after one to warm up. *Whole*: what \`toedit edit\` does to a file: read, tokenise,
pack, gather, draw, count, splice, journal (each record batch synced), write, read back. *Parts*: each by itself, its input in memory or in
the page cache. MB are 10^6 bytes of text; cores: processor time of all threads over wall time. The forward pass of SmolLM2 runs in
the same rounds; ratios are taken round by round. Regenerate: \`npm run benchmark -- host-ceiling\`.

| what | tokens/s | MB/s | cores | CPU s per million tokens | times SmolLM2 here, median | spread |
| --- | --- | --- | --- | --- | --- | --- |
${rates
  .filter(({ work }) => work.kind !== 'small')
  .map(lineOf)
  .join('\n')}

The first row is the forward pass itself. *Of another format*: not part of the whole here. A Parquet file of one row takes
${small.seconds.toFixed(2)} s, ${small.cpuSeconds.toFixed(2)} s of processor time: what each file costs, however small.

**Verdict.** Goal: the whole at ${String(goal)} times the rate at which this processor scores: ${ratio >= goal ? 'met' : 'not met'} (${count(ratio)} times).
The bottleneck is *${slowest.work.name}*: ${count(tokensPerSecond(slowest))} tokens/s by itself; *${dearest.work.name}* takes ${cpuShare} % of the parts' processor time.
One process with one file in flight feeds ${count(tokensPerSecond(one))} tokens/s and keeps ${cores(one)} cores busy with it; with two files, ${count(tokensPerSecond(two))} on ${cores(two)}.
A device of 100,000 tokens/s needs ${((100_000 * one.cpuSeconds) / one.work.tokens).toFixed(2)} cores like these beside it, in ${Math.ceil(100_000 / tokensPerSecond(two)).toFixed(0)} process(es).
`;
}

function ratesOf(costs: ReadonlyMap<Work, readonly Cost[]>): readonly Rates[] {
  const all = [...costs];
  const rate = ({ tokens }: Work, cost: Cost | undefined) => tokens / (cost?.seconds ?? Number.NaN);
  const scoring = all.find(([{ kind }]) => kind === 'scoring');
  if (scoring === undefined) throw new Error('nothing was scored');
  return all.map(([work, rounds]) => {
    const seconds = median(rounds.map((cost) => cost.seconds));
    const cpuSeconds = median(rounds.map((cost) => cost.cpuSeconds));
    return {
      work,
      seconds,
      cpuSeconds,
      ratios: rounds.map((cost, at) => rate(work, cost) / rate(scoring[0], scoring[1][at])),
    };
  });
}

function tokensPerSecond({ work, seconds }: Rates): number {
  return work.tokens / seconds;
}

function cores({ seconds, cpuSeconds }: Rates): string {
  return (cpuSeconds / seconds).toFixed(2);
}

const kinds = {
  scoring: '',
  whole: '**whole**: ',
  small: '',
  part: '',
  other: 'of another format: ',
};

function lineOf(rates: Rates): string {
  const { work, seconds, cpuSeconds, ratios } = rates;
  const cells = [
    `${kinds[work.kind]}${work.name}`,
    count(tokensPerSecond(rates)),
    megabytes(work.textBytes / seconds),
    cores(rates),
    ((cpuSeconds / work.tokens) * 1e6).toFixed(2),
    count(median(ratios)),
    `${count(Math.min(...ratios))}–${count(Math.max(...ratios))}`,
  ];
  return `| ${cells.join(' | ')} |`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}

/** Three digits that count: more are noise. */
function count(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-US');
}
