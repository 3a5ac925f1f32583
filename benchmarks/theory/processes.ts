import { type Random, shuffled } from './random-normals.ts';

/**
 * Where the labels of an edited row come from: the latest model, the first one for ever, or, in the paper's Theorem 1,
 * nowhere: fresh noise is added to the row's labels as they are.
 */
export type LabelSource = 'latest model' | 'first model' | 'noise alone';

/** A way to make training data of training data. */
export interface Process {
  readonly name: string;
  readonly labels: LabelSource;
  /** The fraction of rows that each round edits. */
  readonly fractions: readonly number[];
  /** Whether no row is edited twice. */
  readonly disjoint: boolean;
  /** The error after all rounds in units of B, for far more samples than dimensions. */
  readonly formula: number;
  /** What `research/method.md` §3.3 measured for 400 samples of 10 dimensions, where the rounds are those of its table. */
  readonly expected: readonly [number, number];
  /** r of a process whose fractions fall geometrically, else undefined. */
  readonly decay?: number | undefined;
}

/** The rows that each round edits. */
export type Masks = readonly Int32Array[];

/** Draws the rows to edit, whatever the data. */
export function drawMasks(
  { fractions, disjoint }: Process,
  samples: number,
  random: Random,
): Masks {
  if (!disjoint) {
    return fractions.map((fraction) =>
      shuffled(samples, random).subarray(0, Math.round(fraction * samples)),
    );
  }
  const order = shuffled(samples, random);
  let edited = 0;
  return fractions.map((fraction) => {
    const from = Math.round(edited * samples);
    edited += fraction;
    return order.subarray(from, Math.round(edited * samples));
  });
}

/**
 * The processes of the table, in its order.
 *
 * @param rounds - of each process that has more than one; undefined for those of the table
 */
export function processesOf(rounds?: number): readonly Process[] {
  const times = (usual: number): number => (usual === 1 ? 1 : (rounds ?? usual));
  return [
    fullCollapse(times(10), [11.1, 11.1]),
    surrogate(times(20), [1.97, 1.97]),
    disjointRetrained(times(1), { total: 0.5, expected: [1.74, 1.77] }),
    disjointRetrained(times(2), { total: 1, expected: [2.71, 2.71] }),
    disjointRetrained(times(5), { total: 1, expected: [3.4, 3.5] }),
    disjointRetrained(times(20), { total: 1, expected: [4, 4] }),
    disjointRetrained(times(100), { total: 1, expected: [4.3, 4.3] }),
    disjointRetrained(times(20), { total: 0.4, expected: [1.96, 1.96] }),
    overlappingRetrained(times(50), [12.5, 12.5]),
    geometricDecay(times(100), [4.8, 4.8]),
    fixedPrior(times(50), { disjoint: false, expected: [2.03, 2.03] }),
    fixedPrior(times(20), { disjoint: true, expected: [2.02, 2.02] }),
  ];
}

type Expected = Process['expected'];

function fullCollapse(rounds: number, expected: Expected): Process {
  const fractions = Array.from({ length: rounds }, () => 1);
  const name = 'full replacement, retrained';
  return { ...retrained(fractions), name, expected };
}

function overlappingRetrained(rounds: number, expected: Expected): Process {
  const fractions = Array.from({ length: rounds }, () => 0.125);
  return { ...retrained(fractions), name: 'overlapping edits, retrained, r = 0.125', expected };
}

function geometricDecay(rounds: number, expected: Expected): Process {
  const decay = 0.94;
  const fractions = Array.from({ length: rounds }, (_, round) => 0.125 * decay ** round);
  const name = 'geometric decay, retrained, r₁ = 0.125, η = 0.94';
  return { ...retrained(fractions), name, expected, decay };
}

/** Of a random set of rows by the latest model: each round adds 2r - r². */
function retrained(fractions: readonly number[]): Omit<Process, 'name' | 'expected'> {
  const formula = fractions.reduce((sum, r) => sum + 2 * r - r * r, 1);
  return { labels: 'latest model', fractions, disjoint: false, formula };
}

function surrogate(rounds: number, expected: Expected): Process {
  const fractions = Array.from({ length: rounds }, () => 1 / rounds);
  const name = 'Theorem 1 as stated, disjoint, all rows';
  return { name, labels: 'noise alone', fractions, disjoint: true, formula: 2, expected };
}

function disjointRetrained(
  rounds: number,
  { total, expected }: { readonly total: number; readonly expected: Expected },
): Process {
  const r = total / rounds;
  const power = (1 + r) ** rounds;
  const rows = total === 1 ? 'all rows' : `${String(100 * total)} % of the rows`;
  return {
    name: `disjoint edits, retrained, ${rows}`,
    labels: 'latest model',
    fractions: Array.from({ length: rounds }, () => r),
    disjoint: true,
    formula: 2 * power - power ** 2 + (2 * (power ** 2 - 1)) / (2 + r),
    expected,
  };
}

function fixedPrior(
  rounds: number,
  { disjoint, expected }: { readonly disjoint: boolean; readonly expected: Expected },
): Process {
  const r = disjoint ? 1 / rounds : 0.125;
  const edited = disjoint ? 1 : 1 - (1 - r) ** rounds;
  return {
    name: `fixed prior, ${disjoint ? 'disjoint edits, all rows' : 'overlapping edits, r = 0.125'}`,
    labels: 'first model',
    fractions: Array.from({ length: rounds }, () => r),
    disjoint,
    formula: 1 + 2 * edited - edited ** 2,
    expected,
  };
}
