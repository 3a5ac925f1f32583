import { ToeditError } from '../src/errors.ts';
import { listClaimFiles, readClaim, type SeenClaim } from '../src/run/claims/claim-file.ts';
import type { RunPaths } from '../src/run/run-paths.ts';
import { isDead, type WorkerIdentity, workerIdentity } from '../src/run/worker-identity.ts';

/** A claim without a heartbeat for so long is nobody's: six were missed. */
const silentMs = 60_000;

/**
 * Makes sure, before the state of a run is removed, that no process works on it.
 *
 * @throws ToeditError `OUTPUT_EXISTS`.
 */
export async function refuseLivingWorkers(paths: RunPaths): Promise<void> {
  const self = await workerIdentity();
  for (const files of (await listClaimFiles(paths.claims)).values()) {
    for (const file of files) {
      const claim = await readClaim(file);
      if (claim !== null && (await mayLive(claim, self))) throw atWork(paths, claim);
    }
  }
}

async function mayLive({ record, heartbeatNs }: SeenClaim, self: WorkerIdentity): Promise<boolean> {
  if (record !== null && (await isDead(record.worker, self))) return false;
  return Date.now() - Number(heartbeatNs / 1_000_000n) < silentMs;
}

function atWork({ output }: RunPaths, { record }: SeenClaim): ToeditError {
  const who =
    record === null
      ? 'another process'
      : `process ${String(record.worker.pid)} on ${record.worker.host}`;
  return new ToeditError(
    'OUTPUT_EXISTS',
    `${who} is working in ${output}; stop it before the run is begun anew, or choose another output directory`,
    { place: { file: output } },
  );
}
