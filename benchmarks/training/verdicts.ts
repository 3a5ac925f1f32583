import {
  chainArm,
  continualSource,
  lastGeneration,
  mixtureArms,
  source,
  synthetic,
} from './arms.ts';
import { type Claim, verdictOf, verdictOfRise } from './claim.ts';
import {
  type ArmKey,
  differenceOf,
  type Evidence,
  estimateOf,
  lossesBySeed,
  lossOf,
  scaleOf,
  tokensOf,
} from './evidence.ts';
import { change, perplexity } from './format-estimate.ts';
import { type Estimate, isAbove, signOf } from './intervals.ts';

/** The claims that training tries, with verdicts by their intervals on the test books. */
export function verdicts(evidence: Evidence): readonly Claim[] {
  return [
    ...mixtureClaims(evidence),
    editingClaim(evidence),
    continualClaim(evidence),
    ...generationClaims(evidence),
    ...selectionClaims(evidence),
  ];
}

function mixtureClaims(evidence: Evidence): readonly Claim[] {
  const slope = slopeOf(evidence);
  const all = mixtureArms.map((arm) => perplexity(lossOf(evidence, arm, 'test'))).join('; ');
  const other = differenceOf(evidence, [{ experiment: 'controls', arm: 'peps' }, source], 'test');
  const both = differenceOf(evidence, [{ ...synthetic, beside: 'controls' }, source], 'test');
  const quarter = { experiment: 'controls', arm: 'human-part-25' };
  const less = differenceOf(evidence, [quarter, source], 'test');
  const little = { experiment: 'mixtures', arm: 'synthetic-25' };
  const first = differenceOf(evidence, [little, source], 'test');
  const last = lastQuarter(evidence);
  const common = {
    where: 'Finding I; Tables 13, 17; Figure 2',
    command: command(evidence, 'mixtures'),
  };
  return [
    {
      ...common,
      claim: 'The perplexity of human text rises with the share of synthetic text in training',
      paper: 'GPT-2 124M, Wikitext-103: 34.55, 36.32, 38.65, 42.95, 128.05 at 0, 25, 50, 75, 100 %',
      verdict: verdictOfRise(slope),
      ours: `${all}; slope of the loss by share ${nats(slope)}`,
      why: `${bySize(evidence, slopeOf)}Controls, ${tokensOf(evidence, 'controls')} (\`training controls\`): human text of another kind (PEPs, read twice) in the place of the human changes the perplexity by ${change(other)}, synthetic text by ${change(both)}; three quarters of the human text left out, with nothing in their place, and fewer steps, by ${change(less)}`,
    },
    {
      ...common,
      claim: 'Already a quarter of synthetic text does harm',
      paper: '34.55 to 36.32',
      verdict: verdictOfRise(first),
      ours: `test perplexity by ${change(first)}`,
      why: 'By the losses of the same seeds; where the interval is below zero, a quarter of synthetic text helps. An effect of the size of the paper, +5.1 %, is outside an interval that ends below it. A quarter of this synthetic text is of the 512 passages that SmolLM2 drew from the whole nucleus, an eighth of that at 100 %',
    },
    {
      ...common,
      claim: 'Most of the harm comes with the last quarter of synthetic text',
      paper: 'loss +0.22 from 0 to 75 %, +1.09 from 75 to 100 %',
      verdict: verdictOfRise(last),
      ours: `the rise from 75 to 100 % less that from 0 to 75 %: ${nats(last)}`,
      why: `By the losses of the same seeds. ${bySize(evidence, lastQuarter)}Of the synthetic tokens half are read twice at 100 %, a tenth at 75 %, which may add to it, as may that the 512 passages of the whole nucleus are a quarter of the synthetic text at 25 % and an eighth at 100 %; and what human text alone has is missed most by a model that reads none`,
    },
  ];
}

/** A value by the tokens that a model reads; nothing of one size. */
function bySize(evidence: Evidence, of: (evidence: Evidence) => Estimate | null): string {
  const mixtures = evidence.runs.filter(({ experiment }) => experiment === 'mixtures');
  const sizes = [...new Set(mixtures.map(({ tokens }) => tokens))].sort(
    (one, other) => one - other,
  );
  const values = sizes.flatMap((size) => {
    const value = of({ ...evidence, runs: mixtures.filter(({ tokens }) => tokens === size) });
    return value === null ? [] : [`${nats(value)} at ${size.toLocaleString('en')} tokens a model`];
  });
  return values.length < 2 ? '' : `By size: ${values.join(', ')}. `;
}

/** The slope of the loss by the share of synthetic text, by least squares for each seed; null where no seed has run all shares. */
export function slopeOf(evidence: Evidence): Estimate | null {
  const middle = mixtureArms.reduce((sum, { share }) => sum + share, 0) / mixtureArms.length;
  const squares = mixtureArms.reduce((sum, { share }) => sum + (share - middle) ** 2, 0);
  return estimateOf(
    lossesBySeed(evidence, mixtureArms, 'test').map((losses) =>
      mixtureArms.reduce((sum, { share }, at) => {
        return sum + ((share - middle) * (losses[at] ?? Number.NaN)) / squares;
      }, 0),
    ),
  );
}

function lastQuarter(evidence: Evidence): Estimate | null {
  const arms = [source, { experiment: 'mixtures', arm: 'synthetic-75' }, synthetic];
  return estimateOf(
    lossesBySeed(evidence, arms, 'test').map(([none = 0, most = 0, all = 0]) => {
      return all - most - (most - none);
    }),
  );
}

function editingClaim(evidence: Evidence): Claim {
  const of = (arm: string, baseline = source, experiment = 'edited'): Estimate | null =>
    differenceOf(evidence, [{ experiment, arm }, baseline], 'test');
  const arms = ['paper', 'official-up', 'one-percent', 'five-percent'];
  const differences = arms.map((arm) => of(arm));
  const shifted = { experiment: 'edited', arm: 'shifted' };
  const beyondChance = arms.map((arm) => of(arm, shifted));
  const control = of('five-percent', { experiment: 'edited', arm: 'five-percent-control' });
  return {
    claim: 'A model pre-trained on edited human text is better than one on the text as it is',
    where: 'Table 1',
    paper: 'OLMo-1B, mean of 8 tasks: 32.75 → 33.11; one run, no interval',
    verdict: improvement(differences, beyondChance),
    ours: `test perplexity by ${arms.map((arm, at) => `\`${arm}\` ${change(differences[at] ?? null)}`).join('; ')}`,
    why: `Perplexity of held-out human text, not tasks. \`paper\` changes some 80 of 2 million tokens, so its difference is noise: the text as it is, cut into other windows, differs by ${change(of('shifted'))}. A setting counts as better where it is better than both, as worse where it is worse than the text as it is; against the other windows \`five-percent\` is ${change(of('five-percent', shifted))}. Intervals are not corrected for four settings. Edits that change 5 % against as many random changes: ${change(control)}; these are of ids in place, which no tokenizer would give, while edited text is tokenized again`,
    command: command(evidence, 'edited'),
  };
}

function continualClaim(evidence: Evidence): Claim {
  const of = (arm: string, heldOut: string, baseline = continualSource): Estimate | null =>
    differenceOf(evidence, [{ experiment: 'continual', arm }, baseline], heldOut);
  const random = { experiment: 'continual', arm: 'five-percent-control' };
  const official = of('official-up', 'peps');
  return {
    claim:
      'Continual pre-training on an edited domain corpus is better than on the corpus as it is',
    where: 'Table 2',
    paper: 'OLMo-1B: biomedicine 38.83 → 40.89, finance 47.92 → 50.21, mathematics 16.26 → 16.59',
    verdict: improvement([official]),
    ours: `perplexity of held-out PEPs by \`official-up\` ${change(official)}`,
    why: `PEPs in the place of the domains, 0.24 million tokens read twice; perplexity, not tasks. The more that is changed, the worse: P ≥ 0.5 at temperature 1.56 gives ${change(of('five-percent', 'peps'))}, as many random changes ${change(of('five-percent-control', 'peps'))}. But the books that the model has read before are forgotten less: test perplexity by P ≥ 0.5 ${change(of('five-percent', 'test'))}, against random changes ${change(of('five-percent', 'test', random))}`,
    command: command(evidence, 'continual'),
  };
}

/** Reproduced where a setting lowers the loss, also against text that nothing was done to, and none raises it. */
function improvement(
  differences: readonly (Estimate | null)[],
  beyondChance = differences,
): Claim['verdict'] {
  const all = [...differences, ...beyondChance];
  const known = all.flatMap((each) => (each === null || each.values < 2 ? [] : [each]));
  if (known.length < all.length) return 'no verdict yet';
  const signs = known.map(signOf);
  const [own, others] = [signs.slice(0, differences.length), signs.slice(differences.length)];
  const isBetter = own.some((sign, at) => sign === 'below' && others[at] === 'below');
  if (!isBetter && !own.includes('above')) return 'not told apart';
  return verdictOf(isBetter && !own.includes('above'));
}

function generationClaims(evidence: Evidence): readonly Claim[] {
  const last = (arm: string): ArmKey => chainArm(arm, lastGeneration);
  const risen = (arm: string): Estimate | null =>
    differenceOf(evidence, [last(arm), source], 'test');
  const [sampled, edited, again] = [risen('sampled'), risen('edited'), risen('edited-again')];
  const apart = (arm: string): Estimate | null =>
    differenceOf(evidence, [last('sampled'), last(arm)], 'test');
  const steps = (arm: string): string =>
    Array.from({ length: lastGeneration }, (_, at) =>
      nats(differenceOf(evidence, [chainArm(arm, at + 1), chainArm(arm, at)], 'test')),
    ).join(', ');
  const [harmed, harmedAgain] = [isAbove(edited), isAbove(again)];
  const common = { command: command(evidence, 'generations'), where: '§4, Theorem 2; §5' };
  const model = `test perplexity of model ${lastGeneration} against model 0`;
  return [
    {
      ...{ ...common, where: '§1, §4 (background)' },
      claim: 'Models trained on what the model before has generated collapse',
      paper: 'error n·B after n generations, in the linear model',
      verdict: verdictOfRise(sampled),
      ours: `${model}: ${change(sampled)}`,
      why: `By perplexity. Samples at temperature 1 without truncation, every corpus with the tokens of the human one. In steps of ${steps('sampled')}, which fall, unlike n·B. The loss of the tail that is called collapse elsewhere is not seen: different words grow in number (table of RESULTS.md), but what counts as a word is any string of letters`,
    },
    {
      ...common,
      claim: 'Models trained on human text that the model before has edited do not collapse',
      paper: 'error at most 2B, in the linear model',
      verdict: verdictOf(harmed === null ? null : !harmed && isAbove(apart('edited')) === true),
      ours: `${model}: ${change(edited)}; sampled against edited ${change(apart('edited'))}`,
      why: 'P ≥ 0.5; a few tokens in a thousand are changed (table of RESULTS.md). Every generation edits the human text itself, once: nothing can add up, so that this is one round by another prior each time. A rise within the interval is not excluded',
    },
    {
      ...common,
      claim: 'Nor do they where each model edits the corpus that the model before has edited',
      paper: 'error at most 2B, in the linear model',
      verdict: harmedAgain === false ? 'reproduced' : 'no verdict yet',
      ours: `${model}: ${change(again)}; sampled against edited ${change(apart('edited-again'))}`,
      why: `P ≥ 0.1, so that edits are many (table of RESULTS.md). In steps of ${steps('edited-again')}: a cost, but three rounds show neither a collapse nor its absence`,
    },
  ];
}

function selectionClaims(evidence: Evidence): readonly Claim[] {
  const of = (arm: string, baseline: ArmKey): Estimate | null =>
    differenceOf(evidence, [{ experiment: 'selection', arm }, baseline], 'test');
  const claim = (arm: string, name: string, paper: string): Claim => {
    const left = of(arm, source);
    return {
      claim: `${name} does not make synthetic text as good as human text`,
      where: 'Finding IV; Table 14',
      paper,
      verdict: verdictOfRise(left),
      ours: `against human text ${change(left)}; against synthetic text not selected ${change(of(arm, synthetic))}`,
      why: `${helps(of(arm, synthetic))}, while in the paper most selections are far better than none. Here 2,400 of 5,488 passages are selected, in the paper few of many; the median perplexity of human text, which the filter aims at, is that of books that \`models/tiny\` has read; and of the text not selected a quarter is of the whole nucleus, of the passages to select from a tenth`,
      command: command(evidence, 'mixtures selection', 'selection'),
    };
  };
  return [
    claim(
      'dsir',
      'Selecting by DSIR',
      'OLMo-237M, Wikitext-103: human 187, synthetic 1606, DSIR 1310 and 1757',
    ),
    claim(
      'perplexity-filter',
      'Filtering by perplexity',
      'human 187, synthetic 1606, filter 738 and 1193',
    ),
  ];
}

/** What selecting does, by its difference to not selecting. */
function helps(difference: Estimate | null): string {
  if (difference === null || difference.values < 2) return 'Not compared with text not selected';
  const sign = signOf(difference);
  if (sign === 'not told apart') return 'Selecting is not told apart from not selecting';
  return `Selecting is ${sign === 'below' ? 'better' : 'worse'} than not selecting`;
}

function command(evidence: Evidence, names: string, experiment = names): string {
  const scale = scaleOf(evidence, experiment);
  return `npm run benchmark -- training ${names}${scale === 1 ? '' : ` --scale ${scale}`}`;
}

/** A loss, or a difference or slope of losses, with its interval. */
export function nats(value: Estimate | null): string {
  if (value === null) return 'not run';
  const { mean, half, values } = value;
  if (values < 2) return `${mean.toFixed(3)} nats (one seed)`;
  return `${mean.toFixed(3)} (${(mean - half).toFixed(3)} to ${(mean + half).toFixed(3)}) nats`;
}
