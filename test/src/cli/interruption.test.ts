import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';

const compiled = new URL('../../../dist/src/cli/interruption.js', import.meta.url).href;

/** A process that listens, says so, tells of the abort, and never ends by itself. */
async function listener(): Promise<ChildProcess> {
  const program = `
    import { listenForInterruption } from ${JSON.stringify(compiled)};
    const { signal } = listenForInterruption();
    signal.addEventListener('abort', () => console.log(signal.reason.message));
    setInterval(() => {}, 1000);
    console.log('ready');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program]);
  await once(child.stdout, 'data');
  return child;
}

test.each(['SIGINT', 'SIGTERM'] as const)('%s aborts, a second one exits at once', async (name) => {
  const child = await listener();
  const exit = once(child, 'exit');
  child.kill(name);
  const [text] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  expect(text.toString()).toBe(`interrupted by ${name}\n`);
  await setTimeout(700);
  expect(child.exitCode).toBeNull();
  child.kill('SIGINT');
  expect(await exit).toEqual([75, null]);
});

test('one key press that arrives twice is one interruption', async () => {
  const child = await listener();
  child.kill('SIGINT');
  await once(child.stdout ?? child, 'data');
  child.kill('SIGINT');
  await setTimeout(200);
  expect(child.exitCode).toBeNull();
  child.kill('SIGKILL');
});
