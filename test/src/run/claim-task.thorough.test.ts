import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Claim, type ClaimRefusal, claimTask } from '#toedit/src/run/claims/claim-task';
import { type Claimant, type ClaimantOptions, claimant } from '#toedit/src/run/claims/claimant';
import { type WorkerIdentity, workerIdentity } from '#toedit/src/run/claims/worker-identity';
import { type RunPaths, runPaths } from '#toedit/src/run/run-paths';
import { until } from '../../slurm/until.ts';
import { bareRun } from './bare-run.ts';
import { killRacer, startRacer } from './claim-racer.ts';

let directory = '';
let paths: RunPaths;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'toedit-claims-'));
  paths = bareRun(directory);
});
afterEach(() => rm(directory, { recursive: true }));

const newWorker = async (options?: ClaimantOptions, facts: Partial<WorkerIdentity> = {}) =>
  claimant({ ...(await workerIdentity()), ...facts }, options);
const take = async (worker: Claimant, task = 0): Promise<Claim> => {
  const result = await claimTask(paths, task, worker);
  if ('heldBy' in result) throw new Error(`held by ${result.heldBy?.name}`);
  return result;
};
const refuse = async (worker: Claimant, task = 0): Promise<ClaimRefusal['heldBy']> => {
  const result = await claimTask(paths, task, worker);
  if (!('heldBy' in result)) throw new Error('claimed');
  return result.heldBy;
};
const files = () => readdir(paths.claims);

test('one holds a task until it is released; others are told who', async () => {
  const [one, other] = [await newWorker(), await newWorker()];
  const claim = await take(one);
  expect(await refuse(other)).toEqual(one.identity);
  expect(await refuse(one)).toEqual(one.identity);
  expect(await claim.isHeld()).toBe(true);
  expect(claim.takenFrom).toBeNull();
  await take(other, 1);
  await claim.release();
  expect(await claim.isHeld()).toBe(false);
  expect(await files()).toEqual(['1.json']);
  await take(other);
});

test('of many that ask at once, one gets it', async () => {
  const workers = await Promise.all(Array.from({ length: 20 }, () => newWorker()));
  const results = await Promise.all(workers.map((worker) => claimTask(paths, 7, worker)));
  expect(results.filter((result) => !('heldBy' in result))).toHaveLength(1);
  expect(await files()).toEqual(['7.json']);
});

test('disposing gives it back', async () => {
  {
    await using claim = await take(await newWorker());
    expect(claim.task).toBe(0);
  }
  expect(await files()).toEqual([]);
});

describe('a holder that is gone', () => {
  const dead = { bootId: 'before' };

  test('is replaced at once, by one of many', async () => {
    await take(await newWorker({}, dead));
    const workers = await Promise.all(Array.from({ length: 20 }, () => newWorker()));
    const results = await Promise.all(workers.map((worker) => claimTask(paths, 0, worker)));
    const claims = results.filter((result): result is Claim => !('heldBy' in result));
    expect(claims).toHaveLength(1);
    expect(claims[0]).toMatchObject({ takenFrom: dead });
    expect(await claims[0]?.isHeld()).toBe(true);
    await claims[0]?.release();
    expect(await files()).toEqual([]);
  });

  test('is replaced after another that was, too', async () => {
    await take(await newWorker({}, dead));
    const second = await take(await newWorker({}, { bootId: 'between' }));
    const third = await take(await newWorker());
    expect(await second.isHeld()).toBe(false);
    await second.release();
    expect(await third.isHeld()).toBe(true);
    expect(await refuse(await newWorker())).not.toBeNull();
  });

  test('a taker that comes late finds the task held anew', async () => {
    const old = await newWorker({}, dead);
    await take(old);
    // The late one has judged the old claim lost; before it acts, another takes the task, ends it, and a third begins.
    const late = await newWorker();
    let third: Claim | undefined;
    const result = await claimTask(paths, 0, {
      ...late,
      isLost: async (...seen) => {
        const isLost = await late.isLost(...seen);
        await (await take(await newWorker())).release();
        third = await take(await newWorker());
        return isLost;
      },
    });
    expect(result).toHaveProperty('heldBy');
    expect(await third?.isHeld()).toBe(true);
    expect(await files()).toEqual(['0.json']);
  });
});

describe('a holder on another host', () => {
  const far = { host: 'far-away' };

  test('keeps its task while its heart beats', async () => {
    const holder = await newWorker({ heartbeatMs: 10 }, far);
    await using claim = await take(holder);
    const observer = await newWorker({ staleAfterMs: 300 });
    for (let i = 0; i < 12; i++) {
      await sleep(50);
      expect(await refuse(observer)).toEqual(holder.identity);
    }
    expect(await claim.isHeld()).toBe(true);
  });

  test('loses it once its heart was watched and did not beat', async () => {
    const claim = await take(await newWorker({ heartbeatMs: 1e6 }, far));
    const observer = await newWorker({ staleAfterMs: 100 });
    await sleep(150);
    expect(await refuse(observer)).toMatchObject(far);
    await sleep(150);
    const taken = await take(observer);
    expect(taken.takenFrom).toMatchObject(far);
    expect(await claim.isHeld()).toBe(false);
    await claim.release();
    expect(await taken.isHeld()).toBe(true);
  });

  test('an observer that slept does not take its own sleep for death', async () => {
    await take(await newWorker({ heartbeatMs: 1e6 }, far));
    const observer = await newWorker({ staleAfterMs: 1000 });
    await refuse(observer);
    const asleep: Claimant = {
      ...observer,
      isLost: async (...seen) => {
        await sleep(1100);
        return observer.isLost(...seen);
      },
    };
    expect(await refuse(asleep)).toMatchObject(far);
  });
});

test('a claim of another run counts for nothing', async () => {
  await take(await newWorker());
  const path = join(paths.claims, '0.json');
  const record = JSON.parse(await readFile(path, 'utf8')) as object;
  expect(record).toMatchObject({ run: paths.run });
  await writeFile(path, JSON.stringify({ ...record, run: 'other-1' }));
  expect(await (await take(await newWorker())).isHeld()).toBe(true);
});

test('a claim that is cut off counts as that of an unknown owner', async () => {
  await writeFile(join(paths.claims, '0.json'), '');
  const observer = await newWorker({ staleAfterMs: 50 });
  expect(await refuse(observer)).toBeNull();
  await sleep(100);
  expect((await take(observer)).takenFrom).toBeNull();
});

test('the heartbeat is the time of the file, its content stays', async () => {
  await using claim = await take(await newWorker({ heartbeatMs: 5 }));
  const path = join(paths.claims, '0.json');
  const [before, content] = [(await stat(path)).mtimeMs, await readFile(path, 'utf8')];
  await expect.poll(async () => (await stat(path)).mtimeMs).toBeGreaterThan(before);
  expect(await readFile(path, 'utf8')).toBe(content);
  expect(JSON.parse(content)).toHaveProperty('worker.pid', process.pid);
  expect(await claim.isHeld()).toBe(true);
});

test('a claim that is held does not keep the process', async () => {
  const source = `
    import { claimTask } from '#toedit/src/run/claims/claim-task';
    import { claimant } from '#toedit/src/run/claims/claimant';
    import { runPaths } from '#toedit/src/run/run-paths';
    import { workerIdentity } from '#toedit/src/run/claims/worker-identity';
    await claimTask(runPaths(process.argv[1], 'one-0'), 0, claimant(await workerIdentity()));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source, directory], {
    stdio: 'inherit',
  });
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(await files()).toEqual(['0.json']);
});

test('a directory that cannot be written is an error', async () => {
  await writeFile(join(directory, 'file'), '');
  const claimed = claimTask(runPaths(join(directory, 'file'), 'one-0'), 0, await newWorker());
  await expect(claimed).rejects.toMatchObject({ code: 'WRITE_FAILED' });
});

/** Whether that process holds a task, or has ended. */
async function holdsTask({ pid, exitCode }: ChildProcess): Promise<boolean> {
  const names = await readdir(join(directory, 'held'));
  return exitCode !== null || names.some((name) => name.endsWith(`.${pid}`));
}

const [racers, tasks, kills] = [5, 300, 25];

test.skipIf(!existsSync('/proc/self/stat'))(
  `${racers} processes race for ${tasks} tasks, and ${kills} are killed: each task has one living holder`,
  async () => {
    await mkdir(join(directory, 'held'));
    await mkdir(join(directory, 'done'));
    const running: ChildProcess[] = Array.from({ length: racers }, () =>
      startRacer(directory, tasks),
    );
    for (let i = 0; i < kills; i++) {
      const victim = running[i % racers] ?? startRacer(directory, tasks);
      // Every other one while it holds a task, however long it takes to start here.
      if (i % 2 === 0) await until(() => holdsTask(victim));
      else await sleep(Math.random() * 150);
      await killRacer(victim);
      running[i % racers] = startRacer(directory, tasks);
    }
    const codes = running.map(async (racer) =>
      racer.exitCode === null ? (await once(racer, 'exit'))[0] : racer.exitCode,
    );
    expect(await Promise.all(codes)).toEqual(running.map(() => 0));
    expect(await readdir(join(directory, 'done'))).toHaveLength(tasks);
    // Those who were killed while they held a task: without any, nothing was tried.
    expect(await readdir(join(directory, 'held'))).not.toEqual([]);
    const left = (await files()).filter((name) => name.endsWith('.json'));
    // What is left is of killed processes that had ended their task.
    for (const name of left)
      expect(await readdir(join(directory, 'done'))).toContain(name.split('.')[0]);
  },
);
