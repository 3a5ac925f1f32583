import { type Estimate, estimate } from './intervals.ts';
import { type CorpusFact, type RunResult, readLines } from './results-file.ts';

/** What training has shown: the runs of the scale that has most of them, the larger one of equals. */
export interface Evidence {
  readonly runs: readonly RunResult[];
  readonly facts: readonly CorpusFact[];
  /** Of all runs of any scale. */
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
}

/** The runs of an arm, one a seed. */
export interface ArmKey {
  readonly experiment: string;
  readonly arm: string;
  readonly generation?: number | undefined;
}

/** Reads `results.jsonl` and `corpora.jsonl` of a directory; there is no evidence where they are absent. */
export function readEvidence(directory: string): Evidence {
  const all = readLines<RunResult>(`${directory}/results.jsonl`);
  const sum = (value: (run: RunResult) => number): number =>
    all.reduce((total, run) => total + value(run), 0);
  return {
    runs: ofBestScale(all),
    facts: readLines<CorpusFact>(`${directory}/corpora.jsonl`),
    wallSeconds: sum((run) => run.wallSeconds),
    cpuSeconds: sum((run) => run.cpuSeconds),
  };
}

function ofBestScale(runs: readonly RunResult[]): readonly RunResult[] {
  const scales = [...new Set(runs.map(({ scale }) => scale))].sort((one, other) => other - one);
  const ofScale = (wanted: number): readonly RunResult[] =>
    runs.filter(({ scale }) => scale === wanted);
  const most = Math.max(...scales.map((scale) => ofScale(scale).length));
  return scales.map(ofScale).find(({ length }) => length === most) ?? [];
}

function runsOf({ runs }: Evidence, { experiment, arm, generation = 0 }: ArmKey): RunResult[] {
  return runs.filter(
    (run) => run.experiment === experiment && run.arm === arm && run.generation === generation,
  );
}

/** An arm's loss on a held-out corpus, in nats a token; null where nothing was run. */
export function lossOf(evidence: Evidence, key: ArmKey, heldOut: string): Estimate | null {
  const losses = runsOf(evidence, key).flatMap(({ losses }) => losses[heldOut] ?? []);
  return losses.length === 0 ? null : estimate(losses);
}

/**
 * By how much an arm's loss is above that of another, in nats a token: by seed, so that what both have of a seed is in no difference.
 * Null where no seed has run both.
 */
export function differenceOf(
  evidence: Evidence,
  [key, baseline]: readonly [ArmKey, ArmKey],
  heldOut: string,
): Estimate | null {
  const others = runsOf(evidence, baseline);
  const differences = runsOf(evidence, key).flatMap(({ seed, scale, losses }) => {
    const other = others.find((run) => run.seed === seed && run.scale === scale);
    const [loss, before] = [losses[heldOut], other?.losses[heldOut]];
    return loss === undefined || before === undefined ? [] : [loss - before];
  });
  return differences.length === 0 ? null : estimate(differences);
}

/** A number that is noted of a corpus; null where it is not. */
export function factOf({ facts }: Evidence, corpus: string, name: string): number | null {
  return facts.find((each) => each.corpus === corpus)?.facts[name] ?? null;
}
