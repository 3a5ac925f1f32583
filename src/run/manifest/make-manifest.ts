import { createHash, randomBytes } from 'node:crypto';
import type { Manifest, RunIdentity, Task } from './manifest.ts';
import { releaseLine } from './release-line.ts';

/** What a run works on. */
export type RunInputs = Pick<Manifest, 'tasks' | 'skipped'>;

/**
 * Freezes a run. Its id does not depend on the order in which options and inputs were named, nor on where inputs and prior
 * lie, but on what they hold; its name is new each time.
 *
 * @param now - when the run is planned.
 */
export function makeManifest(
  identity: RunIdentity,
  { tasks, skipped }: RunInputs,
  now: Date = new Date(),
): Manifest {
  const { version, command, options, prior } = identity;
  const id = idOf(identity, tasks);
  const name = `${id.slice(0, 16)}-${randomBytes(8).toString('hex')}`;
  const facts = { id, name, createdAt: now.toISOString() };
  return { ...facts, version, command, options, prior, tasks, skipped };
}

function idOf({ version, command, options, prior }: RunIdentity, tasks: readonly Task[]): string {
  const { device, modelFingerprint, tokenizerFingerprint } = prior;
  const sorted = Object.entries(options).toSorted(([one], [other]) => compare(one, other));
  const run = [releaseLine(version), command, sorted];
  const hash = createHash('sha256');
  hash.update(JSON.stringify([...run, device, modelFingerprint, tokenizerFingerprint]));
  const inputs = tasks.toSorted((one, other) => compare(one.relativePath, other.relativePath));
  for (const { relativePath, format, bytes, fingerprint } of inputs) {
    const kind = format && [format.kind, format.compression];
    hash.update(`\n${JSON.stringify([relativePath, kind, bytes, fingerprint])}`);
  }
  return hash.digest('hex');
}

/** By UTF-16 units: the same for every locale. */
function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
