import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { RunPaths } from '../run-paths.ts';
import {
  type ClaimFile,
  type ClaimRecord,
  claimFile,
  createClaim,
  listClaimFiles,
  readClaim,
  type SeenClaim,
} from './claim-file.ts';
import type { Claimant } from './claimant.ts';
import type { WorkerIdentity } from './worker-identity.ts';

/** A task that this worker may work on, until it is released or disposed. */
export interface Claim extends AsyncDisposable {
  readonly task: number;
  /** Whom it was taken over from; null where nobody held it, or where that cannot be known. */
  readonly takenFrom: WorkerIdentity | null;
  /** False once another has taken it over. */
  isHeld(): Promise<boolean>;
  /** Gives the task back, where it is still held. Never fails: a file that stays behind goes stale. */
  release(): Promise<void>;
}

/** A task that another works on. */
export interface ClaimRefusal {
  /** Null where it cannot be known. */
  readonly heldBy: WorkerIdentity | null;
}

/**
 * Claims a task, or says who holds it. Takes over from a worker that is dead or that, seen by this one on repeated calls,
 * has not given a sign of life for `staleAfterMs`.
 *
 * A task may end between a look at the ledgers and its claim: look again once it is claimed.
 *
 * Of any number of processes one gets it, without a lock: a claim's file is made by `link`, in which one succeeds; a
 * takeover makes the file of the next generation, and touches no other. Who has made one looks once more, and goes back
 * where there is a higher one by now, or where the one that it follows is not the one that was lost.
 *
 * @throws ToeditError `WRITE_FAILED` where the file system refuses.
 */
export async function claimTask(
  paths: RunPaths,
  task: number,
  claimant: Claimant,
): Promise<Claim | ClaimRefusal> {
  const lookedAt = performance.now();
  const last = await lastClaim(paths, task);
  if (last !== null && isOf(paths, last) && !(await claimant.isLost(last, lookedAt))) {
    return refusal(last);
  }
  const file = claimFile(paths.claims, task, last === null ? 0 : last.generation + 1);
  const record: ClaimRecord = { token: randomUUID(), run: paths.run, worker: claimant.identity };
  if (!(await createClaim(file, record))) return refusal(await readClaim(file));
  const rival = await findRival(paths, file, last);
  if (rival === null) return hold(paths, { file, record, last }, claimant);
  await rm(file.path, { force: true });
  return refusal(rival);
}

/** The claim in force, or the last one that was. */
async function lastClaim(paths: RunPaths, task: number): Promise<SeenClaim | null> {
  const files = (await listClaimFiles(paths.claims)).get(task) ?? [];
  for (const file of files.toReversed()) {
    const claim = await readClaim(file);
    if (claim !== null) return claim;
  }
  return null;
}

/** A claim of another run, which only a copied file can be, is nobody's. */
function isOf({ run }: RunPaths, { record }: SeenClaim): boolean {
  return record === null || record.run === run;
}

function refusal(claim: SeenClaim | null): ClaimRefusal {
  return { heldBy: claim?.record?.worker ?? null };
}

/** Who was faster, where the claims that `file` was made after are not those that are there now. */
async function findRival(
  paths: RunPaths,
  file: ClaimFile,
  last: SeenClaim | null,
): Promise<SeenClaim | null> {
  const highest = await lastClaim(paths, file.task);
  if (highest !== null && highest.generation > file.generation) return highest;
  const followed = last === null ? null : await readClaim(last);
  return followed?.record?.token === last?.record?.token ? null : followed;
}

interface OwnClaim {
  readonly file: ClaimFile;
  readonly record: ClaimRecord;
  readonly last: SeenClaim | null;
}

function hold(paths: RunPaths, { file, record, last }: OwnClaim, claimant: Claimant): Claim {
  const isHeld = async (): Promise<boolean> =>
    (await lastClaim(paths, file.task))?.record?.token === record.token;
  const release = async (): Promise<void> => {
    claimant.drop(file.path);
    if (await isHeld().catch(() => false)) await removeUpTo(paths, file).catch(() => null);
  };
  claimant.keep(file.path);
  return {
    task: file.task,
    takenFrom: last?.record?.worker ?? null,
    isHeld,
    release,
    [Symbol.asyncDispose]: release,
  };
}

/** Its own file last: until then the others count for nothing. */
async function removeUpTo(paths: RunPaths, file: ClaimFile): Promise<void> {
  const files = (await listClaimFiles(paths.claims)).get(file.task) ?? [];
  const ended = files.filter(({ generation }) => generation <= file.generation);
  for (const { path } of ended) await rm(path, { force: true });
}
