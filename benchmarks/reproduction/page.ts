import type { Claim, Verdict } from '../training/claim.ts';
import { type Evidence, tokensOf } from '../training/evidence.ts';
import { table } from '../training/results-page.ts';
import { verdicts } from '../training/verdicts.ts';
import { dataClaims } from './data-claims.ts';
import { type NgramResults, ngramClaims } from './ngram-claims.ts';
import { type TheoryResults, theoryClaims } from './theory-claims.ts';
import { untriedClaims } from './untried-claims.ts';

/** Results that are committed; null where a benchmark has none yet. */
export interface CommittedResults {
  readonly training: Evidence;
  readonly theory: TheoryResults | null;
  readonly ngrams: NgramResults | null;
}

/** Claims that are tried in one way. */
interface Section {
  readonly heading: string;
  /** On sizes and their limits. */
  readonly scope: string;
  readonly claims: readonly Claim[];
  /** Images and pages beside the claims, from `docs/`. */
  readonly figures: readonly string[];
}

/** `docs/reproduction.md`. */
export function reproductionPage(results: CommittedResults): string {
  const sections = sectionsOf(results);
  const claims = sections.flatMap((section) => section.claims);
  return `# Reproduction

For the claims, tables and figures of the paper that toedit follows (arXiv 2412.14689, version 3): the paper's number, ours, whether it is the same, and why. ${tally(claims)}

A verdict is on the claim as it is tried here, with the sizes that each section names. *Reproduced*: the 95 % interval lies where the claim says, or the numbers do. *Not reproduced*: it excludes that, which may be the size's fault or the claim's; the
reason says what is known. *Not told apart*: the interval holds zero, so that an effect smaller than its ends is neither shown nor excluded. Intervals are of one comparison each; where a claim has several settings they are not corrected for their number. *Cannot be tried here*: on two cores, without the models and data of the paper. *No verdict yet*: no results, of one seed, or such as do not decide. This page is made of committed results: \`npm run benchmark -- reproduction\`; training that is finished is not run again
unless \`--output\` and \`--cache\` name new directories.

${sections.map(render).join('\n\n')}
`;
}

function sectionsOf({ training, theory, ngrams }: CommittedResults): readonly Section[] {
  const seconds = training.runs.reduce((sum, run) => sum + run.cpuSeconds, 0);
  const minutes = Math.round(seconds / 60);
  const tokens = [...new Set(training.runs.map((run) => tokensOf(training, run.experiment)))];
  return [
    {
      heading: 'Theory',
      scope:
        'Linear regression with labels edited at random, T = 400, d = 10: exact, and no language model.',
      claims: theoryClaims(theory),
      figures: theory === null ? [] : figures('theory', ['errors']),
    },
    {
      heading: 'What a prior says of texts',
      scope:
        'Two priors, SmolLM2-135M-Instruct and `models/tiny` (4M parameters), on 100 human passages and 100 continuations of such by SmolLM2; rounds of edits on 100 passages by `models/tiny`, on 20 by SmolLM2. Verdicts are by SmolLM2 unless the reason says otherwise.',
      claims: dataClaims(training),
      figures: [],
    },
    {
      heading: 'Training',
      scope: `Transformers of 1.33M parameters, three seeds, ${tokens.join(' or ')}; ${minutes} minutes of one core's time in training, data work not counted: that is no Llama-3-8B, nor a GPT-2. Perplexities are those of three books that neither the models nor the prior have read, where no others are named; SmolLM2, which wrote the synthetic text, may have.`,
      claims: verdicts(training),
      figures: figures('training', ['mixtures', 'edited', 'generations']),
    },
    {
      heading: 'Generations of n-gram models',
      scope: 'Kneser–Ney models of order up to 5 on the human training split, no neural network.',
      claims: ngramClaims(ngrams),
      figures: ngrams === null ? [] : figures('generations', ['perplexity']),
    },
    {
      heading: 'Not tried',
      scope: '',
      claims: untriedClaims,
      figures: [],
    },
  ];
}

function figures(benchmark: string, names: readonly string[]): readonly string[] {
  const folder = `../benchmarks/${benchmark}`;
  return [
    ...names.map((name) => `![${benchmark}: ${name}](${folder}/${name}.svg)`),
    `The numbers: [${benchmark}](${folder}/RESULTS.md).`,
  ];
}

function tally(claims: readonly Claim[]): string {
  const verdicts: readonly Verdict[] = [
    ...(['reproduced', 'not reproduced', 'not told apart'] as const),
    ...(['cannot be tried here', 'no verdict yet'] as const),
  ];
  const counts = verdicts
    .map((verdict) => ({ verdict, of: claims.filter((claim) => claim.verdict === verdict).length }))
    .filter(({ of }) => of > 0);
  return `Of ${claims.length} claims: ${counts.map(({ verdict, of }) => `${of} ${verdict}`).join(', ')}.`;
}

function render({ heading, scope, claims, figures: images }: Section): string {
  const headings = ['claim', 'the paper', 'here', 'verdict', 'why', 'command'];
  const rows = claims.map((claim) => [
    `${claim.claim} (${claim.where})`,
    claim.paper,
    claim.ours,
    `**${claim.verdict}**`,
    claim.why,
    claim.command === '' ? '' : `\`${claim.command}\``,
  ]);
  const parts = [`## ${heading}`, scope, table(headings, rows), ...images];
  return parts.filter((part) => part !== '').join('\n\n');
}
