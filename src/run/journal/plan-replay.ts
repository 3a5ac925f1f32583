import type { Segment, SegmentBatch } from './scan-segment.ts';

/** Neighbouring record batches of one segment. */
export interface Run {
  readonly path: string;
  /** The first of them, of the segment's record batches from 0. */
  readonly first: number;
  readonly batches: SegmentBatch[];
}

/** A record batch, and where it lies. */
interface Step {
  readonly path: string;
  /** Of the segment's record batches, from 0. */
  readonly index: number;
  readonly batch: SegmentBatch;
}

/**
 * Finds whole record batches that follow one another from row 0 as far as they reach. Segments overlap where a process that
 * was taken for dead went on; each began where a chain of whole batches ended, so no batch need be cut.
 *
 * @returns nothing where there is no batch at all; the one batch of no rows where there is no other.
 */
export function planReplay(segments: readonly Segment[]): Run[] {
  const steps = segments.flatMap(({ path, batches }) =>
    batches.map((batch, index): Step => ({ path, index, batch })),
  );
  const chain = longestChain(steps.filter(({ batch }) => batch.end > batch.begin));
  return runsOf(chain.length > 0 ? chain : emptyStep(steps));
}

/** A batch of no rows at row 0: one with counters before those that only begin a segment. */
function emptyStep(steps: readonly Step[]): Step[] {
  const empty = steps.filter(({ batch }) => batch.end === 0);
  const counted = empty.filter(({ batch }) => batch.counts !== undefined);
  return [...counted, ...empty].slice(0, 1);
}

function longestChain(steps: readonly Step[]): Step[] {
  const byBegin = [...steps].sort((a, b) => a.batch.begin - b.batch.begin);
  const arrivals = new Map<number, Step>();
  let furthest = 0;
  for (const step of byBegin) {
    const { begin, end } = step.batch;
    if ((begin > 0 && !arrivals.has(begin)) || arrivals.has(end)) continue;
    arrivals.set(end, step);
    furthest = Math.max(furthest, end);
  }
  const chain: Step[] = [];
  for (let step = arrivals.get(furthest); step; step = arrivals.get(step.batch.begin)) {
    chain.push(step);
  }
  return chain.reverse();
}

function runsOf(steps: readonly Step[]): Run[] {
  const runs: Run[] = [];
  for (const step of steps) addBatch(runs, step);
  return runs;
}

/** Puts one more record batch at the end of the runs. */
export function addBatch(runs: Run[], { path, index, batch }: Step): void {
  const last = runs.at(-1);
  if (last?.path === path && last.first + last.batches.length === index) last.batches.push(batch);
  else runs.push({ path, first: index, batches: [batch] });
}
