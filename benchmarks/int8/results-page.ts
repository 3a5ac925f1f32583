import { loadavg } from 'node:os';
import type { Interval } from '../../src/comparison/prior-comparison.ts';
import type { Standing } from '../contest/race.ts';
import { ratioCells } from '../contest/ratios.ts';
import { advantage, tokensPerSecond } from '../contest/standing-costs.ts';
import { contestantNames } from './contestants.ts';
import type { Fidelity } from './fidelity.ts';
import { type Goal, goalsOf, type Int8Results } from './goals.ts';
import type { QuantiseCost } from './quantise-cost.ts';

/** What the page says beside the results. */
export interface Circumstances {
  readonly machine: string;
  /** Null where the system does not say. */
  readonly instructionSets: readonly string[] | null;
  /** What the priors were calibrated on; null where they were given. */
  readonly calibrated: string | null;
  /** The graph that is quantised, and that float32 is measured with. */
  readonly graph: string;
}

/** The page `RESULTS.md`. */
export function resultsPage(results: Int8Results, circumstances: Circumstances): string {
  const { race, fidelities, quantising } = results;
  const { machine, instructionSets, graph } = circumstances;
  const [first] = race.standings;
  const [compared] = fidelities;
  return `# int8

**Question.** How fast is a prior that \`toedit quantise\` made, next to vLLM in bfloat16, and how many decisions does each change?

**Scope.** SmolLM2-135M (${graph}), CPU, 2 threads. The machine is shared (load average ${(loadavg()[0] ?? 0).toFixed(1)} at the end): only ratios of
neighbouring runs count, of which medians and spreads are given.

**Machine.** ${machine}, onnxruntime-node 1.30.0. ${bfloat16Note(instructionSets)}

**Regenerate.** \`npm run benchmark -- throughput --set-up\` once, then \`npm run benchmark -- int8\`; \`--int8 DIR --fast DIR\` takes priors
that are there. What vLLM says of the compared tokens is kept in \`--scratch\`: it takes minutes.

## Must hold

| goal | found | |
| --- | --- | --- |
${goalsOf(results).map(goalRow).join('\n')}

## Speed

${String(first?.passes[0]?.tokens)} tokens in documents of 512, the same ids for all; ${String(first?.passes.length)} rounds. Each contestant is a process of its own that
stands still while another has its turn. toedit reads Parquet, tokenises, scores, draws, splices and writes Parquet; vLLM is handed token ids
and ends with a logprob of each token and the top 8. Each ratio is of the row's tokens a second to the column's, round by round:
median and spread.

| | tokens/s | ${speedColumns.join(' | ')} |
| --- | ---${' | ---'.repeat(speedColumns.length)} |
${race.standings.map((standing) => speedRow(standing, race.standings)).join('\n')}
${race.leftOut.map(({ tool, reason }) => `\nLeft out: ${tool.name}: ${reason}`).join('\n')}
## Fidelity

${String(compared?.comparison.tokens)} tokens of ${String(compared?.comparison.documents)} documents, against toedit in float32. A decision is changed where P >= 0.99 holds for one and not for
the other. In brackets: 95 % confidence, as far as documents vary.

| | mean of abs. Δ ln P | decisions changed | of all tokens | eligible, and in float32 |
| --- | --- | --- | --- | --- |
${fidelities.map(fidelityRow).join('\n')}

## Quantising

${quantisingSection(quantising, circumstances)}
`;
}

/** Whom the rows are compared with. */
const speedColumns = [
  contestantNames.bfloat16,
  contestantNames.vllmFloat32,
  contestantNames.float32,
] as const;

function bfloat16Note(instructionSets: readonly string[] | null): string {
  if (instructionSets === null) return 'Whether it has bfloat16 instructions is not known.';
  const units = instructionSets.filter((name) => /^(?:avx512_|amx_)?bf16$/.test(name));
  if (units.length > 0) return `It has bfloat16 instructions (${units.join(', ')}).`;
  return `**It has no bfloat16 instructions:** vLLM emulates them, and is slower in bfloat16 than in float32 here. Where a processor has them,
bfloat16 is faster, and these ratios do not hold; the column of vLLM in float32 is the fairer one. What bfloat16 does to decisions hardly depends on that.`;
}

function goalRow({ goal, found, met }: Goal): string {
  const verdict = new Map([
    [true, '**met**'],
    [false, '**not met**'],
  ]);
  return `| ${goal} | ${found} | ${met === null ? 'not measured' : (verdict.get(met) ?? '')} |`;
}

function speedRow(standing: Standing, standings: readonly Standing[]): string {
  const cells = speedColumns.map((name) => {
    const other = standings.find(({ tool }) => tool.name === name);
    if (other === undefined) return '';
    const [ratio, spread] = ratioCells(advantage(other, standing));
    return `${ratio} (${spread})`;
  });
  return `| ${[standing.tool.name, tokensPerSecond(standing).toFixed(0), ...cells].join(' | ')} |`;
}

function fidelityRow({ name, comparison }: Fidelity): string {
  const { meanDelta, meanDeltaInterval, thresholds } = comparison;
  const [decisions] = thresholds;
  if (decisions === undefined) throw new Error('no threshold was compared');
  const { flipped, flippedFraction, flippedInterval, eligibleA, eligibleB } = decisions;
  const cells = [
    `${twoDigits(meanDelta)}${interval(meanDeltaInterval, twoDigits)}`,
    String(flipped),
    `${percent(flippedFraction)}${interval(flippedInterval, percent)}`,
    `${String(eligibleB)}, ${String(eligibleA)}`,
  ];
  return `| ${[name, ...cells].join(' | ')} |`;
}

function interval(ends: Interval | null, text: (value: number) => string): string {
  return ends === null ? '' : ` (${ends.map(text).join(' to ')})`;
}

function twoDigits(value: number): string {
  return String(Number(value.toPrecision(2)));
}

function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(3)} %`;
}

function quantisingSection(
  quantising: Int8Results['quantising'],
  { calibrated }: Circumstances,
): string {
  if (quantising === null)
    return 'The priors were given: what it took to make them is not measured.';
  const row = (name: string, { seconds, peakRssBytes }: QuantiseCost): string =>
    `| ${name} | ${seconds.toFixed(0)} | ${(peakRssBytes / 1e9).toFixed(2)} |`;
  return `Calibrated on ${String(calibrated)}, no text of which is among those compared. Peak RSS is the operating system's.

| | seconds | peak RSS, GB |
| --- | --- | --- |
${row(contestantNames.int8, quantising.int8)}
${row(contestantNames.fast, quantising.fast)}`;
}
