import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  isDead,
  type WorkerIdentity,
  workerIdentity,
} from '#toedit/src/run/claims/worker-identity';
import { root } from '../../sandbox.ts';

let self: WorkerIdentity;
beforeAll(async () => {
  self = await workerIdentity();
});

/** A process that prints its identity and waits. */
async function startWorker() {
  const source = `
    import { workerIdentity } from '#toedit/src/run/claims/worker-identity';
    process.stdout.write(JSON.stringify(await workerIdentity()));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [bytes] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, identity: JSON.parse(bytes.toString()) as WorkerIdentity };
}

test('a name is safe in file names, and unlike any other of the same process', async () => {
  const other = await workerIdentity();
  expect(self.name).toMatch(/^[A-Za-z0-9_-]+$/);
  expect(other.name).not.toBe(self.name);
  expect({ ...other, name: '' }).toEqual({ ...self, name: '' });
});

describe.skipIf(!existsSync('/proc/self/stat'))('where /proc tells', () => {
  test('a process lives until it is killed', async () => {
    const { child, identity } = await startWorker();
    expect(await isDead(identity, self)).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await isDead(identity, self)).toBe(true);
  });

  test('a process that was killed and not waited for is dead', async () => {
    // The shell's child stays a zombie: the shell became sleep, which waits for nobody.
    const shell = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [bytes] = (await once(shell.stdout, 'data')) as [Buffer];
    const pid = Number(bytes.toString());
    const startTime = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[21] ?? null;
    const identity = { ...self, pid, startTime };
    expect(await isDead(identity, self)).toBe(false);
    await expect.poll(() => isDead(identity, self)).toBe(true);
    expect(existsSync(`/proc/${pid}/stat`)).toBe(true);
    shell.kill('SIGKILL');
  });

  test('another process of the same id is not the worker', async () => {
    expect(await isDead(self, self)).toBe(false);
    expect(await isDead({ ...self, startTime: '1' }, self)).toBe(true);
  });

  test('what began before the machine was started anew is dead', async () => {
    expect(await isDead({ ...self, bootId: 'another' }, self)).toBe(true);
  });

  test.each<[string, Partial<WorkerIdentity>]>([
    ['another host', { host: 'another', bootId: 'another', pid: 2 ** 22 + 1 }],
    ['a name that many hosts have', { host: 'localhost', bootId: 'another' }],
    ['another namespace', { pidNamespace: 'pid:[1]', pid: 2 ** 22 + 1 }],
    ['an unknown namespace', { pidNamespace: null, pid: 2 ** 22 + 1 }],
    ['an unknown start of the machine', { bootId: null, pid: 2 ** 22 + 1 }],
  ])('of %s nothing can be said', async (_, facts) => {
    const observer = facts.host === 'localhost' ? { ...self, host: 'localhost' } : self;
    expect(await isDead({ ...self, ...facts }, observer)).toBe(false);
  });
});
