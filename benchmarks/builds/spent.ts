/** What a process has spent from its start to its end. */
export interface Spent {
  readonly seconds: number;
  /** Of all its threads, by the operating system. */
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
}

/** Names the file that a probed process writes its {@link Spent} to. */
export const spentVariable = 'TOEDIT_BENCHMARK_SPENT';
