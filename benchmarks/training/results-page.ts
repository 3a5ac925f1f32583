import {
  chainArm,
  chainNames,
  continualArms,
  continualSource,
  controlArms,
  editedArms,
  lastGeneration,
  mixtureArms,
  type NamedArm,
  selectionArms,
  source,
  synthetic,
} from './arms.ts';
import {
  type ArmKey,
  differenceOf,
  type Evidence,
  factOf,
  lossOf,
  scaleOf,
  tokensOf,
} from './evidence.ts';
import { change, percent, perplexity } from './format-estimate.ts';
import type { RunResult } from './results-file.ts';
import { nats, slopeOf, verdicts } from './verdicts.ts';

/** The page `RESULTS.md`. */
export function resultsPage(evidence: Evidence): string {
  const { runs } = evidence;
  const ends = [source, synthetic].map((arm, at) => ({
    ...{ ...arm, beside: 'controls' },
    name: at === 0 ? 'human text' : 'synthetic text',
  }));
  const filtered = (name: string): string =>
    fact(evidence, ['perplexity-filter', 'selection'], name);
  return `# Training

**Question.** Does synthetic text spoil what a language model learns, does token editing keep it, and does selecting repair it? Small models, trained for real.

**Scope.** A transformer of 1.33M parameters (4 layers, hidden 128, context 128, the 4,096 tokens of \`models/tiny\`), from random weights, each trained on the tokens that its section says: that is no Llama-3-8B, and what it shows of
larger models is for them to show. Perplexities of such models are high; what counts is how they differ. Human text: passages of \`shared/data/evidence/human.parquet\`. Synthetic text: their continuations by SmolLM2-135M-Instruct at temperature 1 from the nucleus of 0.9,
the 1,648 of \`shared/data/evidence/synthetic.parquet\` and 3,840 of \`continuations.parquet\`, which \`python/continue_passages.py\` drew in bfloat16 (another run draws others). The first 512 were drawn from the whole nucleus, the later ones from the 256 likeliest tokens; they have more different words, and are read
first, so that they are a quarter of the synthetic tokens at 25 % and an eighth at 100 %. Of those in bfloat16 94.1 % have all 224 tokens, of the others 96.1 %. Together they have 1.42 million tokens of these models: 100 % synthetic at 2,097,152 tokens reads half of them twice, 75 % a tenth. Held out: whole books. *Validation*: two books that the prior \`models/tiny\` has been trained
on (the models have not); *test*: three that neither has.

**Method.** Seeds 1, 2, 3 for weights, order of windows, edits and samples. In brackets: 95 % intervals by Student's t over three seeds (two degrees of freedom, a factor of 4.3), of one comparison each; differences are taken by seed. They say how weights, order, edits and samples
vary, not how another corpus, another generator or other books would. Tokens changed and variety are those of seed 1. Muon and AdamW, 2,048 tokens a step, matrix products of the layers in bfloat16 in training, one epoch unless the corpus is
shorter. All work on data (editing, scoring, selecting, measuring) is done by \`toedit\`, by the prior \`models/tiny\` where no other is named; Python only trains, samples and exports.
Regenerate, with PyTorch (\`benchmarks/training/python/requirements.txt\` in \`TOEDIT_TRAINING_PYTHON\`, \`.cache/training/python\` or \`python3\`; with a C++ compiler it trains in half the time): \`npm run benchmark -- training mixtures edited --scale 32\`, which gives each model 32 times the 65,536 tokens of
scale 1; \`npm run benchmark -- training mixtures selection generations continual controls buckets --scale 8\`; \`npm run benchmark -- training smallest measures\`. Finished runs, the committed ones among them, are not run again: to repeat them, name new directories with \`--output\` and \`--cache\`. ${machineTime(runs)}

## Synthetic shares

${tokensOf(evidence, 'mixtures')}.

${comparison(evidence, { arms: mixtureArms, baseline: source, baselineName: 'human alone' })}

![Perplexity by synthetic share](mixtures.svg)

The same by the tokens that a model reads: seeds that have read all shares, test perplexity.

${sharesByTokens(evidence)}

Controls: the human part of each mixture alone, with nothing in the place of the rest and so in fewer steps, and human text of another kind (PEPs, 0.24 million tokens read 2.2 times). ${tokensOf(evidence, 'controls')}.

${comparison(evidence, { arms: [...ends, ...controlArms], baseline: ends[0] ?? source, baselineName: 'human alone' })}

## Edited human text

${tokensOf(evidence, 'edited')}.

${comparison(evidence, { arms: editedArms, baseline: source, baselineName: 'unedited', corpus: 'human' })}

![Change of perplexity by editing](edited.svg)

## Generations

${tokensOf(evidence, 'generations')}. Model 0 has read human text. Samples are drawn from the model before at temperature 1, without truncation, 127 tokens at most. Edits are by the model before, exported to ONNX, at temperature 1.
\`models/tiny\`, which edits elsewhere, has read the training books; sampled documents end at 127 tokens, human ones have about 350. Words and n-grams are counted of whole corpora, the human one 7 % larger than what a model reads.

${generationsTable(evidence)}

![Perplexity and variety by generation](generations.svg)

## Selecting from synthetic text

${tokensOf(evidence, 'selection')}.

${comparison(evidence, { arms: [{ ...synthetic, beside: 'selection', name: 'synthetic, not selected' }, ...selectionArms], baseline: synthetic, baselineName: 'not selected' })}

Perplexity under \`models/tiny\`, medians: human ${filtered('humanMedian')}, synthetic ${filtered('syntheticMedian')}, filtered ${filtered('selectedMedian')}.

## Continual pre-training

${tokensOf(evidence, 'continual')}. The models of human text go on with PEPs, 0.24 million tokens read 2.2 times, at 0.3 times the rate. \`models/tiny\` has read three of four PEPs.

${comparison(evidence, { arms: continualArms, baseline: continualSource, baselineName: 'PEPs as they are', corpus: 'peps' })}

## Verdicts

${verdicts(evidence)
  .map(({ claim, verdict, ours }) => `- *${claim}*: ${verdict}. ${ours}`)
  .join('\n')}
`;
}

function sharesByTokens(evidence: Evidence): string {
  const mixtures = evidence.runs.filter(({ experiment }) => experiment === 'mixtures');
  const scales = [...new Set(mixtures.map(({ scale }) => scale))].sort((one, other) => one - other);
  const headings = ['tokens', 'seeds', 'human alone', '25 %', '50 %', '75 %', '100 %', 'slope'];
  const rows = scales.flatMap((scale) => {
    const ofScale = { ...evidence, runs: mixtures.filter((run) => run.scale === scale) };
    const slope = slopeOf(ofScale);
    if (slope === null) return [];
    const [human, ...others] = mixtureArms;
    const cells = [
      (mixtures.find((run) => run.scale === scale)?.tokens ?? 0).toLocaleString('en'),
      String(slope.values),
      perplexity(human === undefined ? null : lossOf(ofScale, human, 'test')),
      ...others.map((arm) => change(differenceOf(ofScale, [arm, source], 'test'))),
      nats(slope),
    ];
    return [cells];
  });
  return table(headings, rows);
}

/** What all runs took. */
function machineTime(runs: readonly RunResult[]): string {
  const minutes = (of: (run: RunResult) => number): string =>
    (runs.reduce((sum, run) => sum + of(run), 0) / 60).toFixed(0);
  return `${runs.length} runs of all scales: ${minutes(({ cpuSeconds }) => cpuSeconds)} minutes of one core's time in training, ${minutes(({ wallSeconds }) => wallSeconds)} minutes from begin to end of each, summed, two at a time on two cores.`;
}

interface Comparison {
  readonly arms: readonly NamedArm[];
  readonly baseline: ArmKey;
  readonly baselineName: string;
  /** The corpus that the arms edit; null where they edit none. */
  readonly corpus?: string;
}

function comparison(
  evidence: Evidence,
  { arms, baseline, baselineName, corpus }: Comparison,
): string {
  const heldOut = corpus === 'peps' ? ['peps', 'test'] : ['validation', 'test'];
  const headings = [
    'trained on',
    ...(corpus === undefined ? [] : ['tokens changed']),
    ...heldOut.flatMap((name) => [`${name} perplexity`, `against ${baselineName}`]),
  ];
  const rows = arms.map((arm) => [
    arm.name,
    ...(corpus === undefined
      ? []
      : [changedShare(evidence, `${corpus}-${arm.arm}`, arm.experiment)]),
    ...heldOut.flatMap((name) => [
      perplexity(lossOf(evidence, arm, name)),
      isSame(arm, baseline) ? '' : change(differenceOf(evidence, [arm, baseline], name)),
    ]),
  ]);
  return table(headings, rows);
}

function isSame(one: ArmKey, other: ArmKey): boolean {
  return one.experiment === other.experiment && one.arm === other.arm;
}

/** Of the edits with seed 1. */
function changedShare(evidence: Evidence, corpus: string, experiment: string): string {
  const label = corpus.startsWith('generations/') ? corpus : `${corpus.replace('-control', '')}-1`;
  const of = { corpus: label, scale: scaleOf(evidence, experiment) };
  const changed = factOf(evidence, of, 'changed');
  const tokens = factOf(evidence, of, 'tokens');
  return changed === null || tokens === null ? '' : percent(changed / tokens, 3);
}

function generationsTable(evidence: Evidence): string {
  const headings = [
    'corpus of model n',
    'n',
    'tokens changed',
    'test perplexity',
    'against model 0',
  ];
  const rows = Object.entries(chainNames).flatMap(([arm, name]) =>
    Array.from({ length: lastGeneration }, (_, at) => {
      const key = chainArm(arm, at + 1);
      const label = `generations/${key.arm}-${at + 1}-1`;
      return [
        ...[name, String(at + 1), changedShare(evidence, label, 'generations')],
        perplexity(lossOf(evidence, key, 'test')),
        change(differenceOf(evidence, [key, source], 'test')),
        ...['distinctUnigrams', 'entropy'].map((what) => variety(evidence, label, what)),
      ];
    }),
  );
  const human = ['distinctUnigrams', 'entropy'].map((what) => variety(evidence, 'human', what));
  const loss = lossOf(evidence, chainArm('human', 0), 'test');
  const first = ['human text', '0', '', perplexity(loss), '', ...human];
  return table([...headings, 'different words', 'entropy of n-grams, nats'], [first, ...rows]);
}

/** Of the corpus of seed 1, by \`toedit analyse\`. */
function variety(evidence: Evidence, label: string, what: string): string {
  return fact(evidence, [`${label} variety`, 'generations'], what);
}

function fact(
  evidence: Evidence,
  [corpus, experiment]: readonly [string, string],
  name: string,
): string {
  const value = factOf(evidence, { corpus, scale: scaleOf(evidence, experiment) }, name);
  if (value === null) return 'not run';
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}

/** A Markdown table. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n');
}
