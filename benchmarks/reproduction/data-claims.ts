import { type Claim, verdictOf } from '../training/claim.ts';
import { type Evidence, factOf } from '../training/evidence.ts';
import { percent } from '../training/format-estimate.ts';

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
    perplexityClaim(judge, both),
    featureClaim(judge),
    shapeClaim(judge, both),
    decayClaim(judge, both),
    nucleusClaim(judge, both),
  ];
}

type Both = (say: (of: Measured) => string) => string;

function perplexityClaim(judge: Measured, both: Both): Claim {
  const [human, synthetic] = ['human', 'synthetic'].map((set) => judge(set, 'perplexity 99 %'));
  const say = (of: Measured): string => {
    const quantiles = (set: string): string =>
      [1, 50, 99].map((share) => shown(of(set, `perplexity ${share} %`), 0)).join(', ');
    const above = percent(of('human above synthetic', 'share'), 1);
    return `human ${quantiles('human')}, synthetic ${quantiles('synthetic')} (1, 50, 99 % of passages), ${above} of the human passages above 99 % of the synthetic`;
  };
  return {
    claim: 'Synthetic text lies in the lowest quarter of the range of perplexity of human text',
    where: 'Finding II; Figures 3, 10',
    paper: 'Llama-3-8B: human 1 to over 100, synthetic 0 to 14',
    verdict: verdictOf(isNumber(human) && isNumber(synthetic) ? synthetic < human / 4 : null),
    ours: both(say),
    why: 'A range of perplexity says as much of the prior as of the text: SmolLM2 wrote the synthetic passages (nucleus 0.9, temperature 1) and is sure of them, `models/tiny` has read the human books and is surer of those',
    command,
  };
}

function featureClaim(of: Measured): Claim {
  const [human, synthetic] = [of('human', 'entropy'), of('synthetic', 'entropy')];
  const say = (set: string): string =>
    `${set} entropy ${shown(of(set, 'entropy'), 2)} nats, ${percent(of(set, 'topMass'), 1)} in the fullest 1 % of the buckets, distinct-2 ${shown(of(set, 'distinct2'), 2)}, of ${shown(of(set, 'unigrams'), 0)} words`;
  return {
    claim: 'Synthetic text concentrates its n-grams in fewer buckets than human text',
    where: 'Finding III; Figures 11 to 14',
    paper: 'no number, pictures of 10,000 buckets',
    verdict: verdictOf(isNumber(human) && isNumber(synthetic) ? synthetic < human : null),
    ours: human === null ? '' : `${say('human')}; ${say('synthetic')}`,
    why: 'Hashed uni- and bigrams as DSIR defines them, of 100 passages each. Fewer words fill fewer buckets, which is part of the difference',
    command,
  };
}

function shapeClaim(judge: Measured, both: Both): Claim {
  const bins = (of: Measured): readonly number[] =>
    Array.from({ length: 10 }, (_, bin) => of('human', `P in bin ${bin}`) ?? Number.NaN);
  const middle = (of: Measured): number => Math.max(...bins(of).slice(1, 9));
  const [first = Number.NaN] = bins(judge);
  const last = bins(judge).at(-1) ?? Number.NaN;
  const isU = first > middle(judge) && last > middle(judge);
  const say = (of: Measured): string =>
    `${percent(bins(of)[0] ?? null, 1)} below 0.1, ${percent(bins(of).at(-1) ?? null, 1)} at least 0.9, at most ${percent(middle(of), 1)} in a bin between, ${percent(of('human', 'P >= 0.99'), 2)} at least 0.99`;
  return {
    claim: "The histogram of a prior's P(token) has the shape of a U",
    where: '§5; Table 6, Figure 5',
    paper: '34.7 % below 0.1, 27.1 % at least 0.9, at most 8.1 % in any bin between',
    verdict: verdictOf(Number.isNaN(first) ? null : isU),
    ours: both(say),
    why: 'Human passages. The right end grows with the prior: a model that knows little is sure of little. The paper names no prior for Table 6',
    command,
  };
}

function decayClaim(judge: Measured, both: Both): Claim {
  const ratio = (of: Measured, preset: string, round: number): number | null => {
    const [now, before] = [round, round - 1].map((at) => of(`rounds ${preset} ${at}`, 'eligible'));
    return isNumber(now) && isNumber(before) ? now / before : null;
  };
  const ratios = (of: Measured, preset: string): string =>
    `\`${preset}\` ${[2, 3].map((round) => shown(ratio(of, preset, round), 3)).join(' and ')}`;
  const found = ['paper', 'official-up'].map((preset) => ratio(judge, preset, 2));
  const isFound = found.some((each) => each !== null && each > 0.92 && each < 0.96);
  return {
    claim: 'Round by round, the tokens to be edited decay by a ratio of 0.94',
    where: 'Table 15',
    paper: '12.5, 11.76, 11.08 % of the tokens: ratios 0.941 and 0.942',
    verdict: verdictOf(found.every(isNumber) ? isFound : null),
    ours: both((of) => `${ratios(of, 'paper')}, ${ratios(of, 'official-up')}`),
    why: 'Counted are eligible tokens, of which few change. Natural-Instructions and the unnamed prior of the table are not here: human passages are',
    command,
  };
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
    why: 'Where P ≥ 0.99 the nucleus of 0.99 is the token itself: by its definition nothing is edited, so the row of the table is unedited text and shows the noise of the others',
    command,
  };
}

function isNumber(value: number | null | undefined): value is number {
  return value !== null && value !== undefined;
}

function shown(value: number | null, digits: number): string {
  return value === null ? 'not measured' : value.toFixed(digits);
}
