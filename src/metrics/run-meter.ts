/** The share of a task that is through, and that an earlier process had done; from 0 to 1 each. */
export interface TaskShare {
  readonly done: number;
  readonly before: number;
}

/** How far a run is, and how long the rest of it may take. */
export interface RunMeter {
  /** Notes how far a task is. */
  move(task: number, share: TaskShare): void;
  /** Notes that a task is at its end. `isWorked` is false where its rest is not done and never will be: it failed. */
  end(task: number, isWorked: boolean): void;
  /** Notes that the device has read a micro-batch: the pace is measured from the first one on. */
  tick(): void;
  /** Tasks at their end, those that were so before among them. */
  tasksDone(): number;
  /** The share of all tasks that is through, those that were done before among them; null of no work. */
  share(): number | null;
  /** Null as long as too little was seen to say it. */
  etaSeconds(): number | null;
}

/** What a run's meter is made of. */
export interface RunMeterOptions {
  /** What each task weighs beside the others: the bytes of its input. */
  readonly weights: ReadonlyMap<number, number>;
  /** The tasks that are at their end already. */
  readonly ended: readonly number[];
  /** In milliseconds. */
  readonly now: () => number;
}

/** What must be seen before an ETA is shown. */
const leastSeconds = 2;
const leastTicks = 3;

/**
 * A meter of a run. What was done before counts for the share, not for the pace; nor does the time until the prior has
 * read its first micro-batch.
 */
export function runMeter({ weights, ended: endedBefore, now }: RunMeterOptions): RunMeter {
  const weightOf = (task: number): number => weights.get(task) ?? 0;
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  const open = new Map<number, TaskShare>();
  const ended = new Set(endedBefore);
  let endedWeight = endedBefore.reduce((sum, task) => sum + weightOf(task), 0);
  let endedWork = 0;
  let ticks = 0;
  let first: { readonly at: number; readonly worked: number } | undefined;
  const sumOpen = (part: (share: TaskShare) => number): number =>
    Array.from(open, ([task, share]) => weightOf(task) * part(share)).reduce((a, b) => a + b, 0);
  const through = (): number => Math.min(total, endedWeight + sumOpen(({ done }) => done));
  const worked = (): number => endedWork + sumOpen(workOf);
  return {
    move: (task, share) => {
      if (!ended.has(task)) open.set(task, share);
    },
    end(task, isWorked) {
      if (ended.has(task)) return;
      const share = open.get(task) ?? { done: 0, before: 0 };
      open.delete(task);
      ended.add(task);
      endedWeight += weightOf(task);
      endedWork += weightOf(task) * workOf(isWorked ? { ...share, done: 1 } : share);
    },
    tick() {
      ticks++;
      first ??= { at: now(), worked: worked() };
    },
    tasksDone: () => ended.size,
    share: () => (total === 0 ? null : through() / total),
    etaSeconds() {
      if (first === undefined || ticks <= leastTicks) return null;
      const seconds = (now() - first.at) / 1000;
      const gained = worked() - first.worked;
      if (seconds < leastSeconds || gained <= 0) return null;
      return ((total - through()) * seconds) / gained;
    },
  };
}

function workOf({ done, before }: TaskShare): number {
  return Math.max(0, done - before);
}
