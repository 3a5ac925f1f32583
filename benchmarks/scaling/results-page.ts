import { loadavg } from 'node:os';
import { median } from '../median.ts';
import type { LengthCosts } from './document-lengths.ts';
import type { DocumentCount } from './many-documents.ts';
import type { Workforce } from './workers.ts';

/** Everything that was measured. */
export interface Scaling {
  /** By rising number of documents, the first of one. */
  readonly nullCounts: readonly DocumentCount[];
  readonly realCounts: readonly DocumentCount[];
  readonly lengths: readonly LengthCosts[];
  readonly workers: readonly Workforce[];
}

/** The most that the cost of a token may grow with the number of documents, and with the length of one. */
const goals = { documents: 1.05, length: 1.5 };

/** The page `RESULTS.md`. */
export function resultsPage(scaling: Scaling, machine: string): string {
  const { nullCounts, realCounts, lengths, workers } = scaling;
  const growth = { null: growthOf(nullCounts), real: growthOf(realCounts) };
  const stretch = lengths.map(lengthRatio);
  const isMet = (ratio: number, goal: number) => (ratio <= goal ? 'met' : 'not met');
  return `# Scaling

**Question.** Does the cost of a token grow with the number of documents, or with their length? What do more workers bring?

**Machine.** ${machine}, onnxruntime-node 1.30.0. Load average at the end: ${(loadavg()[0] ?? 0).toFixed(1)}; only ratios count.

**Method.** *Documents*: Arrow files of paragraphs of all lengths (${tokensADocument(nullCounts)} tokens each), edited as \`toedit edit\` does it, in one process and
in turns, ${String(realCounts[0]?.costs.length)} rounds: by the embedded prior, and with a null scorer in place of its forward pass, for larger files and for what the host
costs. What a file costs by itself is that of a file of one document; *CPU s net* is without it. *Length*: the
beginning of one long document, scored by SmolLM2, and pieces of it as documents of ${String(lengths[0]?.shortTokens)} tokens, before and after it. *Workers*: \`toedit run\`
over one planned run of 4 files (embedded prior), the start of each process included, in turns. Regenerate: \`npm run benchmark -- scaling\`.

| scorer | documents | tokens | tokens/s | seconds | CPU s net per million tokens | cost of a token, times that of ten times fewer documents |
| --- | --- | --- | --- | --- | --- | --- |
${[...countLines('none', nullCounts), ...countLines('embedded', realCounts)].join('\n')}

| SmolLM2 graph | tokens of the long document | long, tokens/s | short, tokens/s | cost of a token, long over short |
| --- | --- | --- | --- | --- |
${lengths.map(lengthLine).join('\n')}

| workers | seconds, median | times one thread, median | spread |
| --- | --- | --- | --- |
${workers.map((workforce) => workerLine(workforce, workers[0])).join('\n')}

**Verdict.** Goal: the cost of a token flat within 5 % from 100 documents to the largest file: ${isMet(growth.null, goals.documents)} by the host
(${growth.null.toFixed(2)} times at ${largest(nullCounts)} documents), ${isMet(growth.real, goals.documents)} with the embedded prior (${growth.real.toFixed(2)} times at ${largest(realCounts)}). Less than 1 means cheaper.
Goal: a long document within ${String(goals.length)} times the cost per token of short ones: ${lengths.map(({ modelFile }, i) => `${isMet(stretch[i] ?? Number.NaN, goals.length)} on ${modelFile} (${(stretch[i] ?? Number.NaN).toFixed(2)})`).join(', ')}.
`;
}

/** CPU time a token, without what a file costs by itself: the median round. */
function netCost({ tokens, costs }: DocumentCount, [single]: readonly DocumentCount[]): number {
  const net = costs.map((cost, round) => cost.cpuSeconds - (single?.costs[round]?.cpuSeconds ?? 0));
  return median(net) / (tokens - (single?.tokens ?? 0));
}

/** What a token costs in the largest file over what it costs among 100 documents. */
function growthOf(counts: readonly DocumentCount[]): number {
  const [, hundred] = counts;
  const last = counts.at(-1);
  if (hundred === undefined || last === undefined) return Number.NaN;
  return netCost(last, counts) / netCost(hundred, counts);
}

function largest(counts: readonly DocumentCount[]): string {
  return (counts.at(-1)?.documents ?? 0).toLocaleString('en-US');
}

function tokensADocument(counts: readonly DocumentCount[]): string {
  const last = counts.at(-1);
  return last === undefined ? '0' : (last.tokens / last.documents).toFixed(0);
}

function countLines(scorer: string, counts: readonly DocumentCount[]): readonly string[] {
  return counts.map((count, i) => {
    const { documents, tokens, costs } = count;
    const seconds = median(costs.map((cost) => cost.seconds));
    const before = counts[i - 1];
    const net = netCost(count, counts);
    const ratio = i < 2 || before === undefined ? '' : (net / netCost(before, counts)).toFixed(2);
    const cells = [
      ...[scorer, documents.toLocaleString('en-US'), tokens.toLocaleString('en-US')],
      ...[(tokens / seconds).toFixed(0), seconds.toFixed(2)],
      ...[i === 0 ? '' : (net * 1e6).toFixed(2), ratio],
    ];
    return `| ${cells.join(' | ')} |`;
  });
}

function lengthRatio({ long, short }: LengthCosts): number {
  return median(long.map((cost, round) => cost / (short[round] ?? Number.NaN)));
}

function lengthLine(costs: LengthCosts): string {
  const rate = (seconds: readonly number[]) => (1 / median(seconds)).toFixed(0);
  const { modelFile, longTokens, long, short } = costs;
  const ratio = lengthRatio(costs).toFixed(2);
  return `| ${modelFile} | ${longTokens.toLocaleString('en-US')} | ${rate(long)} | ${rate(short)} | ${ratio} |`;
}

function workerLine({ name, seconds }: Workforce, single: Workforce | undefined): string {
  const ratios = seconds.map((each, round) => (single?.seconds[round] ?? Number.NaN) / each);
  const spread = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
  return `| ${name} | ${median(seconds).toFixed(1)} | ${median(ratios).toFixed(2)} | ${spread} |`;
}
