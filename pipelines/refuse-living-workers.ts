import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ToeditError } from '../src/errors.ts';
import { listClaimFiles, readClaim } from '../src/run/claims/claim-file.ts';
import type { StatePaths } from '../src/run/run-paths.ts';
import { isAlive, type WorkerIdentity, workerIdentity } from '../src/run/worker-identity.ts';

/**
 * Makes sure, before a run is retired, that no process of this machine works on it, as far as the kernel tells. Nothing can
 * be said of processes elsewhere, and nothing need be: what they go on to do comes to nothing.
 *
 * @throws ToeditError `OUTPUT_EXISTS`.
 */
export async function refuseLivingWorkers(paths: StatePaths): Promise<void> {
  const self = await workerIdentity();
  for (const run of await readdir(paths.state).catch(() => [])) {
    for (const worker of await claimingWorkers(join(paths.state, run, 'claims'))) {
      if (await isAlive(worker, self)) throw atWork(paths, worker);
    }
  }
}

async function claimingWorkers(claims: string): Promise<readonly WorkerIdentity[]> {
  const files = await listClaimFiles(claims);
  const seen = await Promise.all([...files.values()].flat().map(readClaim));
  return seen.flatMap((claim) => claim?.record?.worker ?? []);
}

function atWork({ output }: StatePaths, { pid, host }: WorkerIdentity): ToeditError {
  return new ToeditError(
    'OUTPUT_EXISTS',
    `process ${String(pid)} on ${host} is working in ${output}; stop it before the run is begun anew, or choose another output directory`,
    { place: { file: output } },
  );
}
