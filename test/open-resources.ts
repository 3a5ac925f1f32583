import { readdirSync, readlinkSync } from 'node:fs';
import type { Worker } from 'node:worker_threads';
import {
  idleParquetWorkers,
  leaseParquetWorker,
} from '#toedit/src/parquet/worker/lease-parquet-worker';

/** The files below a directory that this process, its workers included, has open. */
export function openFiles(directory: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${descriptor}`);
      return path.startsWith(directory) ? [path] : [];
    } catch {
      return [];
    }
  });
}

// Those that another test file has left in this process were started before anyone counted.
while (idleParquetWorkers() > 0) {
  const controller = new AbortController();
  leaseParquetWorker({ signal: controller.signal });
  controller.abort();
}
const workers = new Set<Worker>();
process.on('worker', (worker) => {
  workers.add(worker);
  worker.on('exit', () => workers.delete(worker));
});

/** How many worker threads this thread has started that have not ended, without those that wait for a Parquet file. */
export function liveWorkers(): number {
  return workers.size - idleParquetWorkers();
}
