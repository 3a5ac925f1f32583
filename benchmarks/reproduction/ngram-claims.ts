import { type Claim, verdictOf } from '../training/claim.ts';
import { type Estimate, estimate, isAbove } from '../training/intervals.ts';

/** What is used here of `benchmarks/generations/results.json`. */
export interface NgramResults {
  readonly runs: readonly {
    readonly arms: readonly {
      readonly arm: { readonly name: string };
      /** From the human corpus on. */
      readonly generations: readonly { readonly perplexity: number }[];
    }[];
  }[];
}

const command = 'npm run benchmark -- generations';

/** What generations of n-gram models show; without results, they are no verdict yet. */
export function ngramClaims(ngrams: NgramResults | null): readonly Claim[] {
  const rise = (name: string): Estimate | null => riseOf(ngrams, name);
  const sampled = rise('sampled');
  const often = rise('edited, retrained, P ≥ 0.5');
  const seldom = rise('edited, retrained, P ≥ 0.99');
  const fixed = rise('edited, fixed prior, P ≥ 0.5');
  const random = rise('random');
  const apart = differenceOf(ngrams, 'sampled', 'edited, retrained, P ≥ 0.5');
  return [
    {
      claim: 'n-gram models trained on what the model before has generated collapse',
      where: '§1, §4 (background)',
      paper: 'error n·B after n generations, in the linear model',
      verdict: verdictOf(isAbove(sampled)),
      ours:
        sampled === null
          ? ''
          : `perplexity of held-out human text, last against first: ${shown(sampled)}`,
      why: 'No neural network: interpolated Kneser–Ney, trained anew for each generation',
      command,
    },
    {
      claim: 'n-gram models trained on text that the model before has edited do not collapse',
      where: '§4, Theorem 2; §5',
      paper: 'error at most 2B, in the linear model',
      verdict: verdictOf(isAbove(apart)),
      ours:
        often === null
          ? ''
          : `P ≥ 0.5 ${shown(often)}, P ≥ 0.99 ${shown(seldom)}, fixed prior ${shown(fixed)}, random tokens ${shown(random)}`,
      why: 'Judged by the difference to sampling: no number of generations shows a bound',
      command,
    },
  ];
}

/** Log ratios of the last perplexity to the first, by seed. */
function rises(ngrams: NgramResults | null, name: string): number[] {
  return (ngrams?.runs ?? []).flatMap(({ arms }) => {
    const generations = arms.find(({ arm }) => arm.name === name)?.generations ?? [];
    const [first, last] = [generations[0], generations.at(-1)];
    return first === undefined || last === undefined
      ? []
      : [Math.log(last.perplexity / first.perplexity)];
  });
}

function riseOf(ngrams: NgramResults | null, name: string): Estimate | null {
  const values = rises(ngrams, name);
  return values.length === 0 ? null : estimate(values);
}

function differenceOf(ngrams: NgramResults | null, one: string, other: string): Estimate | null {
  const others = rises(ngrams, other);
  const values = rises(ngrams, one).map((value, at) => value - (others[at] ?? Number.NaN));
  return values.length === 0 || others.length < values.length ? null : estimate(values);
}

function shown(rise: Estimate | null): string {
  if (rise === null) return 'not run';
  const { mean, half, values } = rise;
  const factor = (nats: number): string => `× ${Math.exp(nats).toFixed(2)}`;
  if (values < 2) return `${factor(mean)} (one seed)`;
  return `${factor(mean)} (${factor(mean - half)} to ${factor(mean + half)})`;
}
