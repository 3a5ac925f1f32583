import { reach } from './compare-process.ts';
import { type ProcessResult, type TheoryResults } from './theory-results.ts';

/** The page `RESULTS.md`. */
export function resultsPage(theory: TheoryResults, machine: string): string {
  const { setting, effort, results, seconds, rounds } = theory;
  const { samples, dimensions, sigma } = setting;
  const isTable = rounds === null && samples === 400 && dimensions === 10;
  const outside95 = results.filter((result) => deviation(result) > reach['95 %']);
  const outside = results.filter((result) => deviation(result) > reach['99.9 %']);
  return `# Theory

**Question.** In the linear model of the paper's §4 (arXiv 2412.14689): which ways of making training data from training data keep the test error below 2B, as its Theorem 2 says?

**Model.** Labels Xw* + σε; least squares; a round gives the rows of a mask labels of a model, with fresh noise, and the next model is fitted to all rows. The test error is ‖ŵ − w*‖², in units of
B = σ²d/(T − d − 1), the expected error of the first model. T = ${String(samples)}, d = ${String(dimensions)}, σ = ${String(sigma)}, inputs standard normal.

**Method.** *Exact*: for given inputs and masks, the covariance of all labels' errors is carried from round to round; the table has its mean over ${String(effort.designs)} draws of
inputs and masks. *Simulated*: ${String(effort.repetitions)} runs with the same inputs and masks, which draw weights and labels and fit models, and know nothing of covariances; ± half the 95 % interval. *Formula*: for T ≫ d.
T is finite: hence the difference between the columns *exact* and *formula*. *Largest*: the greatest exact error of any round and any draw, in units of that draw's own first error: what
a bound must cover. *2B*: whether the mean over the draws stays below twice the mean first error in every round. Seed ${effort.seed}; ${machine}; ${seconds.toFixed(0)} s. Regenerate: \`npm run benchmark -- theory\`; \`--samples\`, \`--dimensions\`, \`--sigma\`, \`--rounds\`, \`--designs\`, \`--repetitions\`, \`--seed\` and \`--output\` change it.

| process | rounds | exact | simulated | formula |${isTable ? ' measured before |' : ''} largest | 2B |
| --- | --- | --- | --- | --- |${isTable ? ' --- |' : ''} --- | --- |
${results.map((result) => line(result, isTable)).join('\n')}

${isTable ? 'Measured before: by the numpy program of our notes on the paper, independent of this one, with its 2000 runs or more.\n\n' : ''}![Error by rounds](errors.svg)

**Simulation against exact values.** ${sentenceOn(outside95, 'outside its 95 % interval', results)} (${(0.05 * results.length).toFixed(1)} expected by chance); ${sentenceOn(outside, 'outside its 99.9 % interval', results)}.

**Verdict.**
${verdict(results)}
`;
}

/** How far the simulation lies from the exact error after the last round, in standard errors. */
function deviation({ exact, simulated, standardErrors }: ProcessResult): number {
  return Math.abs((simulated.at(-1) ?? 0) - (exact.at(-1) ?? 0)) / (standardErrors.at(-1) ?? 0);
}

function line(result: ProcessResult, isTable: boolean): string {
  const { process, exact, simulated, standardErrors, largestRatio, failsFrom } = result;
  const half = reach['95 %'] * (standardErrors.at(-1) ?? 0);
  const [low, high] = process.expected;
  const before = low === high ? String(low) : `${String(low)}–${String(high)}`;
  const cells = [
    process.name,
    String(process.rounds),
    (exact.at(-1) ?? 0).toFixed(2),
    `${(simulated.at(-1) ?? 0).toFixed(2)} ± ${half.toFixed(2)}`,
    process.formula.toFixed(2),
    ...(isTable ? [before] : []),
    largestRatio.toFixed(3),
    failsFrom === null ? 'holds' : `fails from round ${String(failsFrom)}`,
  ];
  return `| ${cells.join(' | ')} |`;
}

function sentenceOn(
  which: readonly ProcessResult[],
  where: string,
  all: readonly ProcessResult[],
): string {
  return `${String(which.length)} of ${String(all.length)} processes lie ${where}`;
}

function verdict(results: readonly ProcessResult[]): string {
  const of = (found: (result: ProcessResult) => boolean) => results.filter(found);
  const fixed = of(({ process }) => process.labels === 'first model');
  const retrained = of(({ process }) => process.labels === 'latest model');
  const disjoint = retrained.filter(({ process }) => process.disjoint);
  const overlapping = retrained.filter(
    (result) => !result.process.disjoint && result !== results[0],
  );
  const stated = results.find(({ process }) => process.labels === 'noise alone');
  const decaying = results.find(({ decayBound }) => decayBound !== null);
  const most = Math.max(...fixed.map(({ largestRatio }) => largestRatio));
  const last = (result: ProcessResult | undefined): string =>
    `${(result?.exact.at(-1) ?? Number.NaN).toFixed(2)}B`;
  return `
- *Full replacement* collapses as the paper says, by B a round (Eq. 7): ${last(results[0])} after ${String(results[0]?.process.rounds)}.
- *A fixed prior*, which is what ToEdit is in practice: no draw and no round exceeds twice its first error (largest: ${most.toFixed(3)}), whether edits overlap or not. That this is so for any masks drawn
  independently of the noise is a theorem (A M Q M Aᵀ ⪯ A(I − M)Aᵀ).
- *Labels from the latest model and disjoint edits*, the recursion that the paper states and the premise of its Theorem 2: 2B fails in ${failing(disjoint)}. It holds up to about s = ln 1.5 = 0.405
  of the rows in all.
- *Labels from the latest model and overlapping edits*, outside the premise: ${failing(overlapping)} exceed 2B; without decay nothing bounds them.
- *Geometric decay* stays bounded, at ${last(decaying)}, above 2B. The paper's own bound for it is ${(decaying?.decayBound ?? Number.NaN).toFixed(1)}B here: it holds, and says little.
- *Theorem 1's formula* is another process: noise is added to a row whose label stays. Its error is B(1 + s) for a fraction s of edited rows (here ${last(stated)}), so 2B holds for it, and is proved for it alone.

So the guarantee of the paper is right for a prior that is never retrained, and wrong for the recursion that it is stated for. All this is linear regression with masks drawn at random: of language models, whose edits are chosen by
confidence, it proves nothing.`;
}

function failing(results: readonly ProcessResult[]): string {
  const count = results.filter(({ failsFrom }) => failsFrom !== null).length;
  return `${String(count)} of ${String(results.length)} processes`;
}
