import type { EngineOptions, EnginePlace } from './engine-options.ts';
import type { MicroBatch, MicroBatchScores } from './micro-batch.ts';
import { deviceName, type Engine, startEngine } from './start-engine.ts';

/** What an engine has done so far. */
export interface EngineUse {
  /** Where it runs, such as `cuda:1`. */
  readonly device: string;
  readonly microBatches: number;
  /** Time that it was busy. */
  readonly busySeconds: number;
}

/** What engines that work together have done so far. */
export interface PoolUse {
  /** From the first micro-batch to the last answer. */
  readonly seconds: number;
  readonly engines: readonly EngineUse[];
}

/** Several engines as one. */
export interface EnginePool {
  /** How many there are. */
  readonly size: number;
  /** Whether windows are read one by one. */
  readonly windowsApart: boolean;
  /**
   * Queues one micro-batch for whichever engine is free first. An engine holds two at most, one that runs and one that waits:
   * so a slow engine takes fewer, and holds nobody up.
   *
   * @throws ToeditError as the engine that has it.
   */
  score(batch: MicroBatch): Promise<MicroBatchScores>;
  use(): PoolUse;
  /** Closes all engines; waiting calls are rejected. */
  close(): Promise<void>;
}

/** Micro-batches that an engine has at once: one runs, one waits, so that the engine never does. */
export const microBatchesPerEngine = 2;

/** An engine, and what it is called. */
export interface PoolMember {
  readonly device: string;
  readonly engine: Engine;
}

/** Puts engines to work on one queue. */
export function enginePool(members: readonly PoolMember[]): EnginePool {
  const queue: Waiting[] = [];
  const slots = members.map(({ device, engine }) => ({
    ...{ device, engine, held: 0, microBatches: 0, busyMs: 0 },
  }));
  const span = { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY };
  const run = async (slot: Slot, { batch, resolve, reject }: Waiting): Promise<void> => {
    slot.held++;
    span.from = Math.min(span.from, performance.now());
    try {
      const scores = await slot.engine.score(batch);
      span.to = performance.now();
      slot.microBatches++;
      slot.busyMs += scores.busyMs;
      resolve(scores);
    } catch (error) {
      reject(error);
    }
    slot.held--;
    handOut();
  };
  const handOut = (): void => {
    for (let slot = leastLoaded(slots); slot !== undefined; slot = leastLoaded(slots)) {
      const next = queue.shift();
      if (next === undefined) return;
      void run(slot, next);
    }
  };
  return {
    size: members.length,
    windowsApart: members.some(({ engine }) => engine.windowsApart),
    score: (batch) =>
      new Promise((resolve, reject) => {
        queue.push({ batch, resolve, reject });
        handOut();
      }),
    use: () => ({
      seconds: Math.max(0, span.to - span.from) / 1000,
      engines: slots.map(({ device, microBatches, busyMs }) => ({
        ...{ device, microBatches, busySeconds: busyMs / 1000 },
      })),
    }),
    async close() {
      await Promise.all(members.map(({ engine }) => engine.close()));
    },
  };
}

interface Waiting {
  readonly batch: MicroBatch;
  readonly resolve: (scores: MicroBatchScores) => void;
  readonly reject: (error: unknown) => void;
}

interface Slot extends PoolMember {
  held: number;
  microBatches: number;
  busyMs: number;
}

/** The engine that holds least, if it has room. */
function leastLoaded(slots: readonly Slot[]): Slot | undefined {
  let best: Slot | undefined;
  for (const slot of slots) {
    if (slot.held < (best?.held ?? microBatchesPerEngine)) best = slot;
  }
  return best;
}

/**
 * Starts an engine at each place, all at once. Where one fails, none stays open.
 *
 * @throws ToeditError as `startEngine`.
 */
export async function startEngines(
  options: Omit<EngineOptions, keyof EnginePlace>,
  { places, name }: { readonly places: readonly EnginePlace[]; readonly name: string },
): Promise<EnginePool> {
  const starts = await Promise.allSettled(
    places.map(async (place) => {
      const device = deviceName(place);
      const nameHere = places.length === 1 ? name : `${name} on ${device}`;
      return { device, engine: await startEngine({ ...options, ...place }, nameHere) };
    }),
  );
  const members = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const failure = starts.find((start) => start.status === 'rejected');
  if (failure === undefined) return enginePool(members);
  await Promise.all(members.map(({ engine }) => engine.close()));
  throw failure.reason;
}
