import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runToedit } from '../cli/run-toedit.ts';
import { hasSharedData, sharedData } from '../shared-data.ts';
import { hasSlurm, type SlurmCluster, startSlurmCluster } from './slurm-cluster.ts';
import { until } from './until.ts';

const files = ['books.parquet', 'tech.arrow', 'tech-zstd.arrows', 'poems.jsonl.gz'];
const more = ['paragraphs.parquet', 'hostile.parquet', 'shards.zip'];
const patienceMs = 15 * 60_000;

describe.runIf(hasSlurm && hasSharedData)('on a real Slurm cluster', () => {
  let directory: string;
  let run: string;
  let cluster: SlurmCluster;
  let stopCluster = async (): Promise<void> => undefined;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'toedit-slurm-'));
    run = join(directory, "a run of 100% 'x'");
    mkdirSync(join(directory, 'slurm'));
    mkdirSync(join(directory, 'corpus'));
    for (const name of [...files, ...more]) {
      cpSync(join(sharedData, name), join(directory, 'corpus', name));
    }
    const options = { directory: join(directory, 'slurm'), cpus: 4, maxArraySize: 4 };
    cluster = await startSlurmCluster(options);
    stopCluster = async () => cluster[Symbol.asyncDispose]();
    Object.assign(process.env, cluster.environment);
  });

  afterAll(async () => {
    await stopCluster();
    rmSync(directory, { recursive: true });
  });

  const toedit = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await runToedit(args, directory);
    expect({ args, code, stderr }).toMatchObject({ code: 0 });
    return stdout;
  };

  const submit = async (...flags: readonly string[]): Promise<Submitted> => {
    const stdout = await toedit('submit', 'slurm', run, '--threads', '1', '--json', ...flags);
    return JSON.parse(stdout) as Submitted;
  };

  const log = (name: string): string =>
    readFileSync(join(run, '.toedit/slurm', `${name}.log`), 'utf8');

  const logsOf = (job: string): string =>
    readdirSync(join(run, '.toedit/slurm'))
      .filter((name) => name.startsWith(`${job}_`))
      .map((name) => log(name.slice(0, -'.log'.length)))
      .join('');

  const states = async (job: string): Promise<string> =>
    cluster.ask('squeue', '--noheader', '--job', job, '--format=%i %T');

  const queueIsEmpty = async (): Promise<boolean> =>
    (await cluster.ask('squeue', '--noheader')).trim() === '';

  test(
    'a run that is killed, warned, and requeued gives the bytes of one machine',
    async () => {
      const limit = ['--limit', '24'];
      await toedit('edit', 'corpus', '--output', 'single', ...limit);
      await toedit('plan', 'corpus', '--output', run, ...limit);

      const array = await submit(
        ...['--array', '6', '--concurrency', '2', '--partition', 'main'],
        ...['--time', '1', '--stop-early', '50', '--sbatch-arg=--comment=two words'],
      );
      expect(array).toMatchObject({ shards: 6, tasks: 4 });
      const id = array.arrayJobId;

      const killed = await firstWorker(run);
      process.kill(killed.pid, 'SIGKILL');
      await until(async () => logsOf(id).includes('ended with exit code 137'));

      const running = await firstRunning(() => states(id));
      await cluster.ask('scontrol', 'requeue', running);

      const warned = await firstRunning(() => states(id));
      await cluster.ask('scancel', '--batch', '--signal=USR1', warned);
      await until(async () => log(warned).includes('requeued, to go on later'));

      await until(queueIsEmpty, patienceMs);
      expect(log(`verify-${array.verifyJobId}`)).not.toBe('');

      await runToedit(['retry', run], directory);
      const rest = await submit('--array', '3', '--time', '10');
      expect(rest).toMatchObject({ shards: 3, tasks: 3 });
      await until(queueIsEmpty, patienceMs);
      const verification = await cluster.ask('scontrol', 'show', 'job', rest.verifyJobId);
      expect(verification, log(`verify-${rest.verifyJobId}`)).toContain('JobState=COMPLETED');
      await toedit('verify', run);

      expect(contentsOf(run)).toEqual(contentsOf(join(directory, 'single')));
      expect(logsOf(id)).toContain('DUE TO JOB REQUEUE');
    },
    2 * patienceMs,
  );

  test("what Slurm refuses is told in Slurm's own words", async () => {
    const args = ['submit', 'slurm', run, '--array', '2', '--partition', 'nowhere'];
    const { code, stderr } = await runToedit(args, directory);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^toedit: sbatch failed: .*nowhere.*sinfo.*\n$/);
  });
});

interface Submitted {
  readonly shards: number;
  readonly tasks: number;
  readonly arrayJobId: string;
  readonly verifyJobId: string;
}

/** The first process of toedit that works on the run. */
async function firstWorker(run: string): Promise<{ readonly pid: number }> {
  const found: number[] = [];
  await until(async () => {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    found.push(...pids.map(Number).filter((pid) => isWorker(pid, run)));
    return found.length > 0;
  });
  return { pid: found[0] ?? 0 };
}

function isWorker(pid: number, run: string): boolean {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return words.includes('run') && words.includes(run) && words.includes('--shard');
  } catch {
    // It has ended since it was listed.
    return false;
  }
}

/** The first array task that runs, as `<array job>_<task>`. */
async function firstRunning(states: () => Promise<string>): Promise<string> {
  let task: string | undefined;
  await until(async () => {
    task = /^(\S+) RUNNING$/m.exec(await states())?.[1];
    return task !== undefined;
  }, patienceMs);
  return task ?? '';
}

/** All files but the hidden ones, in hexadecimal, by path. */
function contentsOf(directory: string): Readonly<Record<string, string>> {
  const paths = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .filter((path) => !path.startsWith('.'));
  expect(paths.length).toBeGreaterThan(0);
  return Object.fromEntries(
    paths.sort().map((path) => [path, readFileSync(join(directory, path)).toString('hex')]),
  );
}
