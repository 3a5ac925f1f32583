import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runToedit } from '../cli/run-toedit.ts';
import { hasSharedData, sharedData } from '../shared-data.ts';
import { hasSlurm, type SlurmCluster, startSlurmCluster } from './slurm-cluster.ts';
import { until } from './until.ts';

const corpus = ['tech.arrow', 'tech-zstd.arrows', 'poems.jsonl.gz', 'poems.jsonl.zst'];
const small = ['paragraphs.parquet', 'hostile.parquet'];
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
    for (const name of [...corpus, ...small]) {
      cpSync(join(sharedData, name), join(directory, 'corpus', name));
    }
    const options = { directory: join(directory, 'slurm'), cpus: 4, maxArraySize: 4 };
    cluster = await startSlurmCluster(options);
    stopCluster = async () => cluster[Symbol.asyncDispose]();
    Object.assign(process.env, cluster.environment);
  });

  afterAll(async () => {
    await stopCluster();
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
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

  const queueIsEmpty = async (): Promise<boolean> =>
    (await cluster.ask('squeue', '--noheader')).trim() === '';

  test(
    'a run that is killed, warned, and requeued gives the bytes of one machine',
    async () => {
      const limit = ['--limit', '8'];
      await toedit('edit', 'corpus', '--output', 'single', ...limit);
      await toedit('plan', 'corpus', '--output', run, ...limit);

      const array = await submit(
        ...['--array', '6', '--concurrency', '2', '--partition', 'main'],
        ...['--time', '2', '--stop-early', '55', '--sbatch-arg=--comment=two words'],
      );
      expect(array).toMatchObject({ shards: 6, tasks: 4 });
      const id = array.arrayJobId;

      const killed = await firstWorker(run);
      process.kill(killed.pid, 'SIGKILL');
      await until(async () => logsOf(id).includes('ended with exit code 137'));

      await cluster.ask('scontrol', 'requeue', (await firstWorker(run)).task);

      await until(async () => {
        const { task } = await firstWorker(run);
        await cluster.ask('scancel', '--batch', '--signal=USR1', task);
        return logsOf(id).includes('requeued, to continue later');
      }, patienceMs);

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

interface Worker {
  readonly pid: number;
  /** As Slurm names it: `<array job>_<task>`. */
  readonly task: string;
}

/** The first process of toedit that works on the run. */
async function firstWorker(run: string): Promise<Worker> {
  const found: Worker[] = [];
  await until(async () => {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    found.push(...pids.flatMap((pid) => workerOf(Number(pid), run)));
    return found.length > 0;
  }, patienceMs);
  const [first] = found;
  if (first === undefined) throw new Error('no worker');
  return first;
}

function workerOf(pid: number, run: string): readonly Worker[] {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    if (!words.includes(run) || !words.includes('--shard')) return [];
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
    const [job, task] = ['SLURM_ARRAY_JOB_ID', 'SLURM_ARRAY_TASK_ID'].map(
      (name) => new RegExp(`(?:^|\0)${name}=(\\d+)`).exec(environment)?.[1],
    );
    return job === undefined || task === undefined ? [] : [{ pid, task: `${job}_${task}` }];
  } catch {
    // It has ended since it was listed.
    return [];
  }
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
