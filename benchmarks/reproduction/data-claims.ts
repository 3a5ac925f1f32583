import { type Claim, verdictOf } from '../training/claim.ts';
import { type Evidence, estimateOf, factOf } from '../training/evidence.ts';
import { percent, withInterval } from '../training/format-estimate.ts';
import { type Estimate, exactInterval, signOf } from '../training/intervals.ts';

const command = 'npm run benchmark -- training measures';

/** A number of what `toedit` has measured; null where it is not there. */
type Measured = (corpus: string, name: string) => number | null;

/** The better prior comes first: verdicts are by it. */
const priors = ['SmolLM2', 'tiny'] as const;

/** The claims about what a prior says of texts, from what `toedit` has measured of 100 human and 100 synthetic passages. */
export function dataClaims(evidence: Evidence): readonly Claim[] {
  const measured = (prior: string): Measured => {
    return (corpus, name) => factOf(evidence, { corpus: `${prior}: ${corpus}` }, name);
  };
  const [judge, other] = priors.map(measured);
  if (judge === undefined || other === undefined) return [];
  const both = (say: (of: Measured) => string): string =>
    judge('human', 'predicted') === null ? '' : `SmolLM2: ${say(judge)}; tiny: ${say(other)}`;
  return [
    ...perplexityClaims(judge, both),
    featureClaim(evidence),
    shapeClaim(judge, both),
    decayClaim(other, both),
    nucleusClaim(judge, both),
  ];
}

type Both = (say: (of: Measured) => string) => string;

function perplexityClaims(judge: Measured, both: Both): readonly Claim[] {
  const of = (set: string, share: number): number =>
    judge(set, `perplexity ${share} %`) ?? Number.NaN;
  const isKnown = !Number.isNaN(of('synthetic', 99));
  const say = (from: Measured): string => {
    const quantiles = (set: string): string =>
      [1, 50, 99].map((share) => shown(from(set, `perplexity ${share} %`), 0)).join(', ');
    return `human ${quantiles('human')}, synthetic ${quantiles('synthetic')} (1, 50, 99 % of passages)`;
  };
  const above = (from: Measured): string => percent(from('human above synthetic', 'share'), 1);
  const common = { where: 'Finding II; Figures 3, 10', command };
  const range = (set: string): number => of(set, 99) - of(set, 1);
  const times = (set: string): number => of(set, 99) / of(set, 1);
  const isNarrower = range('synthetic') < range('human');
  return [
    {
      ...common,
      claim:
        'Synthetic text has a narrower range of perplexity than human text, without its long tail',
      paper: 'Llama-3-8B: human 1 to over 100, synthetic 0 to 14',
      // The difference shrinks with the perplexities themselves, their ratio does not.
      verdict:
        isKnown && isNarrower && times('synthetic') > 0.9 * times('human')
          ? 'no verdict yet'
          : verdictOf(isKnown ? isNarrower : null),
      ours: both(
        (from) => `${say(from)}; ${above(from)} of the human passages above 99 % of the synthetic`,
      ),
      why: `Under SmolLM2, which wrote the synthetic passages (nucleus 0.9, temperature 1), their perplexities are lower and the difference from 1 to 99 % shrinks with them${isKnown ? `; by ratio it is ${shown(times('human'), 1)} for human and ${shown(times('synthetic'), 1)} for synthetic text` : ''}. Under \`models/tiny\`, which has read the human books, the difference is wider: the range is as much the prior's as the text's. 100 passages each, the synthetic ones shorter, of the whole nucleus, and read without the 32 tokens that they go on from; no intervals`,
    },
    {
      ...common,
      claim: 'Synthetic text lies within the lowest quarter of the human range',
      paper: '14 of over 100',
      verdict: verdictOf(isKnown ? of('synthetic', 99) < of('human', 99) / 4 : null),
      ours: isKnown
        ? `${shown(of('synthetic', 99), 0)} of ${shown(of('human', 99), 0)}, 99 % quantiles under SmolLM2`
        : '',
      why: 'The paper says it of a plotted range, of another generator and another prior',
    },
  ];
}

/** A corpus' measures of samples of as many words, in their order. */
type BucketSamples = (name: 'entropy' | 'topMass') => readonly number[];

function featureClaim({ facts }: Evidence): Claim {
  const samplesOf = (corpus: string): BucketSamples => {
    const found = facts.find((each) => each.corpus === `buckets: ${corpus}`)?.facts ?? {};
    return (name) =>
      Array.from(
        { length: found['samples'] ?? 0 },
        (_, at) => found[`${name} ${at}`] ?? Number.NaN,
      );
  };
  const [human, synthetic] = [samplesOf('human'), samplesOf('synthetic')];
  const entropy = excess(synthetic('entropy'), human('entropy'));
  const topMass = excess(synthetic('topMass'), human('topMass'));
  const middle = (values: readonly number[], digits: number): string =>
    shown(estimateOf(values)?.mean ?? null, digits);
  const between = (value: Estimate | null, digits: number): string =>
    withInterval(value, (each) => each.toFixed(digits));
  return {
    claim: 'Synthetic text concentrates its n-grams in fewer buckets than human text',
    where: 'Finding III; Figures 11 to 14',
    paper: 'no number, pictures of 10,000 buckets',
    verdict: concentration(entropy, topMass),
    ours:
      entropy === null
        ? ''
        : `human entropy ${middle(human('entropy'), 2)} nats, ${middle(human('topMass'), 3)} in the fullest 1 % of the buckets; synthetic ${middle(synthetic('entropy'), 2)} nats, ${middle(synthetic('topMass'), 3)}; differences ${between(entropy, 3)} nats, ${between(topMass, 4)}`,
    why: `Hashed uni- and bigrams as DSIR defines them, of ${entropy?.values ?? 0} samples each of 25,000 words, by the first 150 words of passages; samples share books, which the interval does not know. SmolLM2 drew from the nucleus of 0.9, of 256 tokens at most, which leaves out what is rare`,
    command: 'npm run benchmark -- training buckets --scale 8',
  };
}

/** By how much one is above the other, over pairs; null where there is none. */
function excess(ones: readonly number[], others: readonly number[]): Estimate | null {
  return estimateOf(ones.map((one, at) => one - (others[at] ?? Number.NaN)));
}

/** Concentrated is what has less entropy, and more in its fullest buckets. */
function concentration(entropy: Estimate | null, topMass: Estimate | null): Claim['verdict'] {
  if (entropy === null || topMass === null) return 'no verdict yet';
  const signs = [signOf(entropy), signOf(topMass)].join(', ');
  if (signs === 'below, above') return 'reproduced';
  return signs === 'above, below' ? 'not reproduced' : 'not told apart';
}

function shapeClaim(judge: Measured, both: Both): Claim {
  const bins = (of: Measured): readonly number[] =>
    Array.from({ length: 10 }, (_, bin) => of('human', `P in bin ${bin}`) ?? Number.NaN);
  const [first = Number.NaN] = bins(judge);
  const [last = Number.NaN] = bins(judge).slice(-1);
  const highest = Math.max(...bins(judge).slice(1, 9));
  const say = (of: Measured): string => {
    const lowest = Math.min(...bins(of).slice(1, 9));
    const [left, right, low] = [bins(of)[0] ?? null, bins(of)[9] ?? null, lowest];
    return `${percent(left, 1)} below 0.1, ${percent(right, 1)} at least 0.9, ${percent(low, 1)} in the lowest bin between, ${percent(of('human', 'P >= 0.99'), 2)} at least 0.99`;
  };
  return {
    claim: "The histogram of a prior's P(token) has the shape of a U",
    where: '§5; Table 6, Figure 5',
    paper: '34.7 % below 0.1, 27.1 % at least 0.9, 3.6 % in the lowest bin between',
    verdict: verdictOf(Number.isNaN(first) ? null : first > highest && last > highest),
    ours: both(say),
    why: 'Human passages. A fall with a small rise in the last bin, which stays below bins in the middle; in the paper it is the second largest. A model that knows little is sure of little. The paper names no prior for Table 6',
    command,
  };
}

function decayClaim(counting: Measured, both: Both): Claim {
  const say = (of: Measured): string =>
    ['paper', 'official-up'].map((preset) => `\`${preset}\` ${ratio(of, preset)}`).join(', ');
  const found = ['paper', 'official-up'].map((preset) => decayOf(counting, preset));
  const isFound = found.some((decay) => decay !== null && decay.low < 0.94 && decay.high > 0.94);
  return {
    claim: 'Round by round, the tokens to be edited decay by a ratio of 0.94',
    where: 'Table 15',
    paper: '12.5, 11.76, 11.08 % of the tokens: ratios 0.941 and 0.942',
    verdict: verdictOf(found.includes(null) ? null : isFound),
    ours: both(say),
    why: 'Two rounds in one, 95 % intervals by the counts (Clopper and Pearson; exact were tokens independent and none newly eligible); those of SmolLM2 are few, the verdict is by `models/tiny`, which has edited more, and has read these books. Counted are eligible tokens, of which few change. Natural-Instructions and the unnamed prior of the table are not here: human passages are',
    command,
  };
}

/** The ratio of eligible tokens to those of the round before, over two rounds, with its 95 % interval by the counts. */
function decayOf(
  of: Measured,
  preset: string,
): { ratio: number; low: number; high: number } | null {
  const rounds = [1, 2, 3].map((round) => of(`rounds ${preset} ${round}`, 'eligible'));
  const [first = null, second = null, third = null] = rounds;
  if (first === null || second === null || third === null) return null;
  const [before, left] = [first + second, second + third];
  // Edits can make a token eligible, too: then as many as before is the most that a share can say.
  const [low, high] = exactInterval(Math.min(left, before), before);
  return { ratio: left / before, low, high };
}

function ratio(of: Measured, preset: string): string {
  const decay = decayOf(of, preset);
  if (decay === null) return 'not measured';
  const [middle, low, high] = [decay.ratio, decay.low, decay.high].map((each) => each.toFixed(3));
  return `${middle ?? ''} (${low ?? ''} to ${high ?? ''})`;
}

function nucleusClaim(judge: Measured, both: Both): Claim {
  const changed = judge('nucleus 0.99', 'changed');
  const say = (of: Measured): string =>
    `${shown(of('nucleus 0.99', 'changed'), 0)} of ${shown(of('nucleus 0.99', 'eligible'), 0)} eligible tokens changed`;
  return {
    claim: 'Drawing from the nucleus of 0.99 is a way to edit, about as good as top-k',
    where: 'Table 7',
    paper: 'PubMedQA 63.80 against 64.50',
    verdict: verdictOf(changed === null ? null : changed > 0),
    ours: both(say),
    why: 'Where P ≥ 0.99 the nucleus of 0.99 is the token itself: by that definition nothing is edited, and the row would be unedited text. The program of the paper for it is not published; quality was not compared',
    command,
  };
}

function shown(value: number | null, digits: number): string {
  return value === null ? 'not measured' : value.toFixed(digits);
}
