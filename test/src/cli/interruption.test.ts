import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';

const compiled = new URL('../../../dist/src/cli/interruption.js', import.meta.url).href;

/** A process that listens, says so, tells of the stop and of the abort, and never ends by itself. */
async function listener(graceMs = 60_000): Promise<ChildProcess> {
  const program = `
    import { listenForInterruption } from ${JSON.stringify(compiled)};
    const { stop, signal } = listenForInterruption(${String(graceMs)});
    stop.addEventListener('abort', () => console.log('stop: ' + stop.reason.message));
    signal.addEventListener('abort', () => console.log('abort: ' + signal.reason.message));
    setInterval(() => {}, 1000);
    console.log('ready');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program]);
  await once(child.stdout, 'data');
  return child;
}

async function nextLine(child: ChildProcess): Promise<string> {
  const [text] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  return text.toString();
}

test.each(['SIGINT', 'SIGTERM', 'SIGUSR1'] as const)(
  '%s asks for a stop, and only a SIGINT after it exits at once',
  async (name) => {
    const child = await listener();
    const exit = once(child, 'exit');
    child.kill(name);
    expect(await nextLine(child)).toBe(`stop: interrupted by ${name}\n`);
    await setTimeout(700);
    child.kill('SIGTERM');
    if (name !== 'SIGINT') {
      child.kill('SIGINT');
      await setTimeout(700);
    }
    expect(child.exitCode).toBeNull();
    child.kill('SIGINT');
    expect(await exit).toEqual([75, null]);
  },
);

test('after SIGTERM, what is not done within the time of grace is given up', async () => {
  const child = await listener(100);
  child.kill('SIGTERM');
  expect(await nextLine(child)).toBe('stop: interrupted by SIGTERM\n');
  expect(await nextLine(child)).toBe('abort: interrupted by SIGTERM\n');
  child.kill('SIGKILL');
});

test('one key press that arrives twice is one interruption', async () => {
  const child = await listener();
  child.kill('SIGINT');
  await nextLine(child);
  child.kill('SIGINT');
  await setTimeout(200);
  expect(child.exitCode).toBeNull();
  child.kill('SIGKILL');
});
