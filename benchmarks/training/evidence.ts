import { type Estimate, estimate } from './intervals.ts';
import { type CorpusFact, type RunResult, readLines } from './results-file.ts';

/** What training has shown. */
export interface Evidence {
  /** Of all scales. */
  readonly runs: readonly RunResult[];
  readonly facts: readonly CorpusFact[];
}

/** The runs of an arm, one a seed. */
export interface ArmKey {
  readonly experiment: string;
  readonly arm: string;
  readonly generation?: number | undefined;
  /** The experiment beside whose arms it stands, at the same scale. @defaultValue its own */
  readonly beside?: string | undefined;
}

/** Reads `results.jsonl` and `corpora.jsonl` of a directory; there is no evidence where they are absent. */
export function readEvidence(directory: string): Evidence {
  return {
    runs: readLines<RunResult>(`${directory}/results.jsonl`),
    facts: readLines<CorpusFact>(`${directory}/corpora.jsonl`),
  };
}

/** The scale at which an experiment has most runs, the larger one of equals; 1 where it has none. */
export function scaleOf({ runs }: Pick<Evidence, 'runs'>, experiment: string): number {
  const counts = new Map<number, number>();
  for (const run of runs) {
    if (run.experiment === experiment) counts.set(run.scale, (counts.get(run.scale) ?? 0) + 1);
  }
  const byCount = [...counts].sort(
    ([scale, count], [other, others]) => others - count || other - scale,
  );
  return byCount[0]?.[0] ?? 1;
}

/** The tokens that the models of an experiment read. */
export function tokensOf(evidence: Evidence, experiment: string): string {
  const scale = scaleOf(evidence, experiment);
  const ofIt = evidence.runs.filter((run) => run.experiment === experiment && run.scale === scale);
  const tokens = Math.max(0, ...ofIt.map((run) => run.tokens));
  return `${tokens.toLocaleString('en')} tokens a model`;
}

/** The runs of an arm at a scale, which is that of its experiment where none is given. */
function runsOf(evidence: Evidence, key: ArmKey, scale?: number): readonly RunResult[] {
  const { experiment, arm, generation = 0, beside = experiment } = key;
  const wanted = scale ?? scaleOf(evidence, beside);
  return evidence.runs.filter(
    (run) =>
      run.experiment === experiment &&
      run.arm === arm &&
      run.generation === generation &&
      run.scale === wanted,
  );
}

/** The losses of arms on a held-out corpus, `[seeds][arms]`: of the seeds that have run all of them at the scale of the first. */
export function lossesBySeed(
  evidence: Evidence,
  keys: readonly ArmKey[],
  heldOut: string,
): readonly (readonly number[])[] {
  const [first] = keys;
  if (first === undefined) return [];
  const scale = scaleOf(evidence, first.beside ?? first.experiment);
  const arms = keys.map((key) => runsOf(evidence, key, scale));
  const seeds = new Set(arms.flatMap((runs) => runs.map(({ seed }) => seed)));
  return [...seeds]
    .map((seed) =>
      arms.flatMap((runs) => runs.find((run) => run.seed === seed)?.losses[heldOut] ?? []),
    )
    .filter(({ length }) => length === keys.length);
}

/** An arm's loss on a held-out corpus, in nats a token; null where nothing was run. */
export function lossOf(evidence: Evidence, key: ArmKey, heldOut: string): Estimate | null {
  return estimateOf(lossesBySeed(evidence, [key], heldOut).map(([loss = Number.NaN]) => loss));
}

/**
 * By how much an arm's loss is above that of another, in nats a token: by seed, so that what both have of a seed is in no difference.
 * Null where no seed has run both.
 */
export function differenceOf(
  evidence: Evidence,
  keys: readonly [ArmKey, ArmKey],
  heldOut: string,
): Estimate | null {
  const losses = lossesBySeed(evidence, keys, heldOut);
  return estimateOf(losses.map(([loss = Number.NaN, before = Number.NaN]) => loss - before));
}

/** Null where there is no value. */
export function estimateOf(values: readonly number[]): Estimate | null {
  return values.length === 0 ? null : estimate(values);
}

/** A number that is noted of a corpus of an experiment; null where it is not. */
export function factOf(
  { facts }: Evidence,
  { corpus, scale = 1 }: { readonly corpus: string; readonly scale?: number },
  name: string,
): number | null {
  const found = facts.find((each) => each.corpus === corpus && each.scale === scale);
  return found?.facts[name] ?? null;
}
