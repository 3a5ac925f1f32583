import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { root } from '../../sandbox.ts';

/**
 * A process that claims and finishes the tasks of the run in `directory` until all are done, and exits with 0; with 3,
 * and a word on why, where a task that it holds is held by another living process, or is lost to it.
 */
export function startRacer(directory: string, tasks: number): ChildProcess {
  return spawn(process.execPath, ['--input-type=module', '-e', source, directory, String(tasks)], {
    cwd: root,
    stdio: 'inherit',
  });
}

/** Kills it as a crash does, and waits until it is gone. */
export async function killRacer(racer: ChildProcess): Promise<void> {
  if (racer.exitCode !== null) return;
  racer.kill('SIGKILL');
  await once(racer, 'exit');
}

const source = `
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { claimTask } from '#toedit/src/run/claims/claim-task';
import { claimant } from '#toedit/src/run/claims/claimant';
import { runPaths } from '#toedit/src/run/run-paths';
import { workerIdentity } from '#toedit/src/run/claims/worker-identity';

const [directory, count] = process.argv.slice(1);
const paths = runPaths(directory, 'one-0');
const worker = claimant(await workerIdentity());
const fail = (why) => {
  process.stderr.write(why + '\\n');
  process.exit(3);
};
const isAlive = (pid) => {
  try {
    return !/^\\d+ \\(.*\\) [ZX]/.test(readFileSync('/proc/' + pid + '/stat', 'utf8'));
  } catch {
    return false;
  }
};
const isDone = (task) => existsSync(directory + '/done/' + task);

for (let left = Infinity; left > 0; ) {
  left = 0;
  const start = Math.floor(Math.random() * count);
  for (let i = 0; i < count; i++) {
    const task = (start + i) % count;
    if (isDone(task)) continue;
    left++;
    const claim = await claimTask(paths, task, worker);
    if ('heldBy' in claim) continue;
    if (!isDone(task)) {
      const marker = task + '.' + process.pid;
      writeFileSync(directory + '/held/' + marker, '');
      for (const name of readdirSync(directory + '/held')) {
        const [other, pid] = name.split('.');
        if (Number(other) === task && name !== marker && isAlive(pid)) fail(name + ' and ' + marker);
      }
      await sleep(Math.random() * 60);
      if (!(await claim.isHeld())) fail(marker + ' was lost');
      writeFileSync(directory + '/done/' + task, '');
      rmSync(directory + '/held/' + marker);
    }
    await claim.release();
  }
}
`;
