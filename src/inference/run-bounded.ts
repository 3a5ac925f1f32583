/**
 * Runs jobs in order with at most `concurrency` at once, and yields their results in order. Where the consumer stops
 * early, jobs under way are left to end on their own; their failures are not reported.
 */
export async function* runBounded<Job, Result>(
  jobs: Iterable<Job>,
  concurrency: number,
  run: (job: Job) => Promise<Result>,
): AsyncGenerator<readonly [Job, Result]> {
  const running: (readonly [Job, Promise<Result>])[] = [];
  for (const job of jobs) {
    const result = run(job);
    result.catch(ignore);
    running.push([job, result]);
    if (running.length >= concurrency) yield await settled(running.shift());
  }
  while (running.length > 0) yield await settled(running.shift());
}

async function settled<Job, Result>(
  entry: readonly [Job, Promise<Result>] | undefined,
): Promise<readonly [Job, Result]> {
  if (entry === undefined) throw new RangeError('no job is running');
  return [entry[0], await entry[1]];
}

function ignore(): void {
  // The failure is reported where the result is awaited.
}
