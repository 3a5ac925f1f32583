/** What some work took. */
export interface Cost {
  readonly seconds: number;
  /** Of all threads of this process, by the operating system. */
  readonly cpuSeconds: number;
}

/** Does the work and says what it took. */
export async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  const started = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (performance.now() - started) / 1000, cpuSeconds: (user + system) / 1e6 };
}
