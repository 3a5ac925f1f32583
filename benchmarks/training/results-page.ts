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
import { type ArmKey, differenceOf, type Evidence, factOf, lossOf } from './evidence.ts';
import { change, percent, perplexity } from './format-estimate.ts';
import { verdicts } from './verdicts.ts';

/** The page `RESULTS.md`. */
export function resultsPage(evidence: Evidence): string {
  const { wallSeconds, cpuSeconds } = evidence;
  const count = evidence.runs.length;
  const tokens = Math.max(0, ...evidence.runs.map((run) => run.tokens));
  return `# Training

**Question.** Does synthetic text spoil what a language model learns, does token editing keep it, and does selecting repair it? Small models, trained for real.

**Scope.** A transformer of 0.85M parameters (4 layers, hidden 96, context 128, the 4,096 tokens of \`models/tiny\`), from random weights, ${tokens.toLocaleString('en')} tokens each: that is no Llama-3-8B, and what it shows of
larger models is for them to show. Perplexities of such models are high; what counts is how they differ. Human text: passages of \`shared/data/evidence/human.parquet\`; synthetic: continuations of the same
passages by SmolLM2-135M-Instruct (temperature 1, nucleus 0.9), each read once where the budget allows. Held out: whole books. *Validation*: two books that the prior \`models/tiny\` has been trained
on (the models have not); *test*: three that neither has.

**Method.** Seeds 1, 2, 3 for weights, order of windows, edits and samples. In brackets: 95 % intervals by Student's t over seeds; differences are taken by seed. Muon and AdamW, 1,024 tokens a step, one epoch unless the corpus is
shorter. All work on data (editing, scoring, selecting, measuring) is done by \`toedit\`, by the prior \`models/tiny\` where no other is named; Python only trains, samples and exports.
Regenerate: \`npm run benchmark -- training\` with PyTorch (\`TOEDIT_TRAINING_PYTHON\`, or \`python3\`; \`benchmarks/training/python/requirements.txt\`); finished runs are not run again. \`--scale 8\` gives each model eight times the
tokens. ${String(count)} runs, ${(cpuSeconds / 60).toFixed(0)} minutes of one core's time in training, ${(wallSeconds / 60).toFixed(0)} minutes by the clock on two cores that were shared with much else.

## Synthetic shares

${comparison(evidence, { arms: [...mixtureArms, ...controlArms], baseline: source, baselineName: 'human alone' })}

![Perplexity by synthetic share](mixtures.svg)

## Edited human text

${comparison(evidence, { arms: editedArms, baseline: source, baselineName: 'unedited', corpus: 'human' })}

![Change of perplexity by editing](edited.svg)

## Generations

Model 0 has read human text. Edits are redrawn at P ≥ 0.5, temperature 1, by the model before, exported to ONNX: at 0.99 models this small would edit nothing. Samples: temperature 1, no truncation, 127 tokens at most.

${generationsTable(evidence)}

![Perplexity and variety by generation](generations.svg)

## Selecting from synthetic text

${comparison(evidence, { arms: [{ ...synthetic, name: 'synthetic, not selected' }, ...selectionArms], baseline: synthetic, baselineName: 'not selected' })}

Perplexity under \`models/tiny\`, medians: human ${fact(evidence, 'perplexity-filter', 'humanMedian')}, synthetic ${fact(evidence, 'perplexity-filter', 'syntheticMedian')}, filtered ${fact(evidence, 'perplexity-filter', 'selectedMedian')}.

## Continual pre-training

The models of human text go on with PEPs, at 0.3 times the rate.

${comparison(evidence, { arms: continualArms, baseline: continualSource, baselineName: 'PEPs as they are', corpus: 'peps' })}

## Verdicts

${verdicts(evidence)
  .map(({ claim, verdict, ours }) => `- *${claim}*: ${verdict}. ${ours}`)
  .join('\n')}
`;
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
    ...(corpus === undefined ? [] : [changedShare(evidence, `${corpus}-${arm.arm}`)]),
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
function changedShare(evidence: Evidence, corpus: string): string {
  const label = `${corpus.replace('-control', '')}-1`;
  const changed = factOf(evidence, label, 'changed');
  const tokens = factOf(evidence, label, 'tokens');
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
        ...[name, String(at + 1), chainChanges(evidence, label)],
        perplexity(lossOf(evidence, key, 'test')),
        change(differenceOf(evidence, [key, source], 'test')),
        ...['distinctUnigrams', 'entropy'].map((what) => variety(evidence, label, what)),
      ];
    }),
  );
  const human = ['distinctUnigrams', 'entropy'].map((what) => variety(evidence, 'human', what));
  const first = ['human text', '0', '', perplexity(lossOf(evidence, source, 'test')), '', ...human];
  return table([...headings, 'different words', 'entropy of n-grams, nats'], [first, ...rows]);
}

function chainChanges(evidence: Evidence, label: string): string {
  const changed = factOf(evidence, label, 'changed');
  const tokens = factOf(evidence, label, 'tokens');
  return changed === null || tokens === null ? '' : percent(changed / tokens);
}

/** Of the corpus of seed 1, by \`toedit analyse\`. */
function variety(evidence: Evidence, label: string, what: string): string {
  return fact(evidence, `${label} variety`, what);
}

function fact(evidence: Evidence, corpus: string, name: string): string {
  const value = factOf(evidence, corpus, name);
  if (value === null) return 'not run';
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}

/** A Markdown table. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n');
}
