import { studentQuantile } from '../../src/comparison/intervals.ts';
import type { Arm, ArmResult, Generation } from './generations.ts';

/** What `results.json` holds. */
export interface GenerationResults {
  readonly machine: string;
  readonly seconds: number;
  /** The names of the corpus's files. */
  readonly corpus: string;
  /** The name of the tokenizer's directory. */
  readonly tokenizer: string;
  readonly vocabulary: number;
  readonly order: number;
  readonly heldOutDocuments: number;
  readonly heldOutTokens: number;
  readonly runs: readonly SeedRun[];
}

/** All arms, by one seed. */
export interface SeedRun {
  readonly seed: number;
  readonly arms: readonly ArmResult[];
}

/** A value over seeds: its mean, and half the width of its 95 % interval (Student's t); null of one seed. */
export interface Estimate {
  readonly mean: number;
  readonly half: number | null;
}

/** The mean of values, one a seed. */
export function estimate(values: readonly number[]): Estimate {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length < 2) return { mean, half: null };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const variance = squares / (values.length - 1) / values.length;
  return { mean, half: studentQuantile(values.length - 1) * Math.sqrt(variance) };
}

/** An arm over seeds: a value of each generation, from the human corpus on. */
export interface ArmEstimates {
  readonly arm: Arm;
  readonly of: (value: (generation: Generation) => number) => readonly Estimate[];
}

/** The arms of the first seed, with their estimates over all of them. */
export function estimatesByArm({ runs }: Pick<GenerationResults, 'runs'>): readonly ArmEstimates[] {
  const arms = runs[0]?.arms ?? [];
  return arms.map(({ arm, generations }, index) => ({
    arm,
    of: (value) =>
      generations.map((_, at) =>
        estimate(
          runs.flatMap((run) => {
            const generation = run.arms[index]?.generations[at];
            return generation === undefined ? [] : [value(generation)];
          }),
        ),
      ),
  }));
}
