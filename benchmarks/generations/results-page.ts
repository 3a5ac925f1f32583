import {
  type ArmEstimates,
  type Estimate,
  estimate,
  estimatesByArm,
  type GenerationResults,
  type SeedRun,
} from './generation-results.ts';
import type { Generation } from './generations.ts';

/** The page `RESULTS.md`. */
export function resultsPage(results: GenerationResults): string {
  const { runs, order, vocabulary, heldOutDocuments, heldOutTokens } = results;
  const arms = estimatesByArm(results);
  const human = runs[0]?.arms[0]?.generations[0];
  const last = (runs[0]?.arms[0]?.generations.length ?? 1) - 1;
  return `# Generations

**Question.** What becomes of a corpus that a language model samples anew, generation after generation, and of one that it edits as ToEdit does?

**Model.** Interpolated Kneser-Ney n-grams of order 1 to ${String(order)}, one discount an order, over the ${count(vocabulary)} tokens of ${results.tokenizer} and the end of a document; not a neural network. A new one is trained on each
generation's corpus. It has read the corpus that it edits, so it is surer of it than a prior that has not.

**Corpora.** Generation 0: the training split of ${results.corpus}, ${count(human?.tokens)} tokens in ${count(human?.documents)} documents of human text. Every later corpus has as many tokens. Held out: ${count(heldOutDocuments)} human documents of other
books, ${count(heldOutTokens)} tokens, all of them of the vocabulary.

**Arms.** *Sampled*: the next corpus is drawn from the latest model, document by document, at temperature 1 with no truncation; but tokens that the model has never met are not drawn. *Edited*: the latest corpus, by the product's own
kernel (\`src/resampling\`): 8 candidates, temperature 1, tokens of P ≥ 0.99 (the preset \`paper\`) or P ≥ 0.5; by the model of that corpus (*retrained*) or by generation 0's (*fixed prior*). *Random*: as many tokens as *retrained, P ≥ 0.5* has
changed, anywhere, replaced by draws from the unigrams.

**Measures.** *Tail*: the share of tokens that are rare in generation 0, where they make up 5 %. *Distinct*: distinct n-grams over n-grams. *Not human*: the share of tokens that are no more those of generation 0 at the same place.
Perplexity is of the held-out text, a token. Seeds: ${String(runs.length)}${runs.length === 1 ? '' : '; ± half the 95 % interval (Student)'}; ${results.machine}; ${(results.seconds / 60).toFixed(0)} minutes on it while other work ran. Regenerate: \`npm run benchmark -- generations\`; \`--corpus\`, \`--model\`, \`--order\`,
\`--generations\`, \`--seeds\`, \`--documents\` and \`--output\` change it; seeds that \`results.json\` of the output has are not run again.

After ${String(last)} generations:

| corpus | perplexity | vocabulary | entropy, bits | tail | distinct 2 | distinct 4 | changed in the last generation | not human |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
${human === undefined ? '' : humanLine(human)}
${arms.map((arm) => lineOf(arm, human?.tokens ?? 1)).join('\n')}

![Held-out perplexity by generation](perplexity.svg)

![Vocabulary by generation](vocabulary.svg)

Perplexity by generation:

| corpus | ${Array.from({ length: last + 1 }, (_, generation) => String(generation)).join(' | ')} |
| --- |${' --- |'.repeat(last + 1)}
${arms.map(perplexityLine).join('\n')}

**Verdict.** ${verdict(arms, human)} ${ofTheRule(results)}
`;
}

function humanLine({ distinct, ...human }: Generation): string {
  const cells = [
    'human, generation 0',
    human.perplexity.toFixed(1),
    count(human.vocabulary),
    human.entropy.toFixed(3),
    percent({ mean: human.tailMass, half: null }, 2),
    (distinct[1] ?? 0).toFixed(4),
    (distinct[3] ?? 0).toFixed(4),
    '–',
    '–',
  ];
  return `| ${cells.join(' | ')} |`;
}

function lineOf({ arm, of }: ArmEstimates, tokens: number): string {
  const final = (value: (generation: Generation) => number): Estimate =>
    of(value).at(-1) ?? { mean: Number.NaN, half: null };
  const isSampled = arm.kind === 'sampled';
  const cells = [
    arm.name,
    shown(
      final(({ perplexity }) => perplexity),
      1,
    ),
    shown(
      final(({ vocabulary }) => vocabulary),
      0,
    ),
    shown(
      final(({ entropy }) => entropy),
      3,
    ),
    percent(
      final(({ tailMass }) => tailMass),
      2,
    ),
    shown(
      final(({ distinct }) => distinct[1] ?? 0),
      4,
    ),
    shown(
      final(({ distinct }) => distinct[3] ?? 0),
      4,
    ),
    isSampled
      ? 'all'
      : percent(
          final(({ changed }) => changed / tokens),
          3,
        ),
    isSampled
      ? '–'
      : percent(
          final(({ fromHuman }) => fromHuman ?? 0),
          2,
        ),
  ];
  return `| ${cells.join(' | ')} |`;
}

function perplexityLine({ arm, of }: ArmEstimates): string {
  const cells = of(({ perplexity }) => perplexity).map((value) => shown(value, 1));
  return `| ${arm.name} | ${cells.join(' | ')} |`;
}

function verdict(arms: readonly ArmEstimates[], human: Generation | undefined): string {
  const rise = ({ of }: ArmEstimates): string => {
    const { mean } = of(({ perplexity }) => perplexity).at(-1) ?? { mean: Number.NaN };
    const change = 100 * (mean / (human?.perplexity ?? Number.NaN) - 1);
    return `${change < 0 ? '−' : '+'}${Math.abs(change).toFixed(2)} %`;
  };
  const edits = arms.filter(({ arm }) => arm.kind !== 'sampled');
  const [sampled] = arms.filter(({ arm }) => arm.kind === 'sampled');
  const best = Math.min(
    ...edits.map(({ of }) => of(({ perplexity }) => perplexity).at(-1)?.mean ?? Number.NaN),
  );
  const helps = best < (human?.perplexity ?? 0);
  const final = sampled?.of((generation) => generation.vocabulary).at(-1)?.mean ?? Number.NaN;
  const lost = 100 * (1 - final / (human?.vocabulary ?? Number.NaN));
  return `Sampling a corpus anew changes the held-out perplexity by ${sampled === undefined ? '–' : rise(sampled)} and loses ${lost.toFixed(0)} % of the vocabulary in the generations shown; whether entropy and tail shrink too, the
table says. Editing: ${edits.map((each) => `*${each.arm.name}* ${rise(each)}`).join(', ')}.
${helps ? 'The lowest of these is below generation 0; whether by more than noise, the intervals say.' : 'None of them is below generation 0: no benefit of editing is seen here.'} That editing harms less than sampling is no merit of the rule that chooses the edits: whatever leaves most tokens as people wrote them does so, and the
column *not human* says how little is changed.`;
}

/** What the choice of edits is worth, over as many random ones: by seed, since both begin with the same corpus. */
function ofTheRule({ runs }: GenerationResults): string {
  const random = runs[0]?.arms.find(({ arm }) => arm.kind === 'random')?.arm;
  const like = random?.kind === 'random' ? random.like : '';
  const perplexityOf = ({ arms }: SeedRun, name = ''): number =>
    arms.find(({ arm }) => arm.name === name)?.generations.at(-1)?.perplexity ?? Number.NaN;
  const { mean, half } = estimate(
    runs.map((run) => perplexityOf(run, like) - perplexityOf(run, random?.name)),
  );
  const difference = `${mean.toFixed(1)}${half === null ? '' : ` ± ${half.toFixed(1)}`}`;
  const isSure = half !== null && Math.abs(mean) > half;
  const unsure = half === null ? 'from one seed, without an interval' : 'no more than seeds differ';
  const what = isSure ? `${mean < 0 ? 'less' : 'more'} harm than chance does` : unsure;
  return `What the rule is worth is the difference between it and as many random edits: the perplexity of *${like}* less that of *random* is ${difference}: ${what}; their shares *not human* are not quite the same. One model and one language: of neural priors it says nothing.`;
}

function shown({ mean, half }: Estimate, digits: number): string {
  const value = digits === 0 ? count(mean) : mean.toFixed(digits);
  return half === null ? value : `${value} ± ${half.toFixed(digits)}`;
}

function percent({ mean, half }: Estimate, digits: number): string {
  const value = (100 * mean).toFixed(digits);
  return half === null ? `${value} %` : `${value} ± ${(100 * half).toFixed(digits)} %`;
}

function count(value = Number.NaN): string {
  return Math.round(value).toLocaleString('en');
}
