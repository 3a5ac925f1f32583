import { type Claim, verdictOf } from '../training/claim.ts';

/** What is used here of `benchmarks/theory/results.json`. */
export interface TheoryResults {
  readonly results: readonly {
    readonly process: {
      readonly name: string;
      readonly labels: string;
      readonly disjoint: boolean;
      readonly rounds: number;
    };
    /** Expected error by round, in units of B. */
    readonly exact: readonly number[];
    /** The first round above 2B; null where there is none. */
    readonly failsFrom: number | null;
    readonly decayBound: number | null;
  }[];
}

type Result = TheoryResults['results'][number];

const common = { where: '§4', command: 'npm run benchmark -- theory' };

/** The claims about the linear model; without results, they are no verdict yet. */
export function theoryClaims(theory: TheoryResults | null): readonly Claim[] {
  const results = theory?.results ?? [];
  const named = (name: string): Result | undefined =>
    results.find(({ process }) => process.name.startsWith(name));
  return [
    collapseClaim(named('full replacement')),
    statedClaim(results.filter(isStated)),
    fixedClaim(results.filter(({ process }) => process.labels === 'first model')),
    formulaClaim(named('Theorem 1'), results.filter(isStated)),
    decayClaim(results.find(({ decayBound }) => decayBound !== null)),
  ];
}

/** True of the recursion that the paper states: each label is changed once, by the latest model. */
function isStated({ process }: Result): boolean {
  return process.labels === 'latest model' && process.disjoint;
}

function collapseClaim(result: Result | undefined): Claim {
  const models = (result?.process.rounds ?? 0) + 1;
  const error = result?.exact.at(-1);
  return {
    ...{ ...common, where: '§4, Equation 7' },
    claim:
      'Linear model: when every label is made by the latest model, the error grows by B a round',
    paper: 'n·B of the n-th model',
    verdict: verdictOf(error === undefined ? null : Math.abs(error / models - 1) < 0.02),
    ours: error === undefined ? '' : `${error.toFixed(2)}·B of model ${models}`,
    why: 'Exact recursion, and simulation within its intervals',
  };
}

function statedClaim(results: readonly Result[]): Claim {
  const most = Math.max(0, ...results.map(({ exact }) => Math.max(...exact)));
  const failing = results.filter(({ failsFrom }) => failsFrom !== null).length;
  return {
    ...{ ...common, where: '§4, Theorem 2' },
    claim: 'Linear model: with disjoint edits by the latest model the error stays below 2B',
    paper: 'at most 2·B',
    verdict: verdictOf(results.length === 0 ? null : failing === 0),
    ours:
      results.length === 0
        ? ''
        : `up to ${most.toFixed(2)}·B; ${failing} of ${results.length} processes exceed 2·B`,
    why: 'The proof drops a term, A·M·(I − XA)·E, that is zero only for no edit or a full one; 2B holds for a single round of any size, and for many small rounds up to ln 1.5, about 40 % of the rows in all; the limit for all rows is 2e − 1 = 4.44',
  };
}

function fixedClaim(results: readonly Result[]): Claim {
  const most = Math.max(0, ...results.map(({ exact }) => Math.max(...exact)));
  return {
    ...{ ...common, where: '§4, Theorem 2; §5' },
    claim:
      'Linear model: with a prior that is never retrained, as ToEdit is used, the error stays below 2B',
    paper: 'at most 2·B',
    verdict: verdictOf(
      results.length === 0 ? null : results.every(({ failsFrom }) => failsFrom === null),
    ),
    ours: results.length === 0 ? '' : `up to ${most.toFixed(2)}·B`,
    why: 'A theorem for any masks that are independent of the noise: the form in which the guarantee is right. Edits chosen by confidence are not independent of it',
  };
}

function formulaClaim(formula: Result | undefined, stated: readonly Result[]): Claim {
  const rounds = formula?.process.rounds;
  const same = stated.filter(({ process }) => process.name.endsWith('all rows'));
  const recursion = same.find(({ process }) => process.rounds === rounds)?.exact.at(-1);
  const error = formula?.exact.at(-1);
  const isKnown = error !== undefined && recursion !== undefined;
  return {
    ...{ ...common, where: '§4, Theorem 1' },
    claim: 'Linear model: the n-th model is w* + A(E₁ + Σ MᵢEᵢ₊₁)',
    paper: 'exact',
    verdict: verdictOf(isKnown ? Math.abs(error / recursion - 1) < 0.02 : null),
    ours: isKnown
      ? `its error is ${error.toFixed(2)}·B after ${String(rounds)} rounds, that of the recursion ${recursion.toFixed(2)}·B`
      : '',
    why: 'It is another process, in which noise is added to labels that stay; 2B is proved for it alone',
  };
}

function decayClaim(result: Result | undefined): Claim {
  const error = result?.exact.at(-1);
  const bound = result?.decayBound ?? null;
  return {
    ...{ ...common, where: '§4, Theorem 2, second part' },
    claim: 'Linear model: edits that decay geometrically keep the error bounded',
    paper: 'B + σ²√E[tr((XᵀX)⁻²)]·√E[tr M₁] / (1 − η)',
    verdict: verdictOf(error === undefined || bound === null ? null : error <= bound),
    ours:
      error === undefined
        ? ''
        : `${error.toFixed(2)}·B, where the bound says ${(bound ?? Number.NaN).toFixed(1)}·B`,
    why: 'The bound holds and is loose; the error is above 2B',
  };
}
