import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { startWorker, type WorkerOptions, type WorkerThread } from '#toedit/src/worker-protocol';

interface TestCalls {
  echo: { readonly question: unknown; readonly answer: unknown };
  echoLate: { readonly question: unknown; readonly answer: unknown };
  refuse: { readonly question: string; readonly answer: never };
  exit: { readonly question: number; readonly answer: never };
  hang: { readonly question: null; readonly answer: never };
  progress: { readonly question: Int32Array; readonly answer: 'done' };
}

const url = new URL('../fixtures/answering-worker.mjs', import.meta.url);
let thread: WorkerThread<TestCalls> | undefined;
afterEach(async () => {
  vi.useRealTimers();
  await thread?.close();
});

/** Starts the worker; returns Node's own handle of it, too. */
async function start(options: Partial<WorkerOptions> = {}) {
  const started = once(process, 'worker') as Promise<[Worker]>;
  thread = startWorker<TestCalls>(url, { name: 'test', ...options });
  const [worker] = await started;
  return { thread, worker };
}

const refused = (message: string) => ({ message, code: 'EIO', syscall: 'read' });

test('calls that wait at once are each settled with their own answer, in their order', async () => {
  const { thread } = await start();
  const kinds = fc.constantFrom('echo', 'echoLate', 'refuse');
  await fc.assert(
    fc.asyncProperty(fc.array(kinds, { maxLength: 20 }), async (asked) => {
      const order: number[] = [];
      const calls = asked.map((kind, at) =>
        thread.call(kind, String(at)).finally(() => order.push(at)),
      );
      const settled = await Promise.allSettled(calls);
      expect(order).toEqual([...asked.keys()]);
      settled.forEach((call, at) => {
        const value = String(at);
        if (asked[at] === 'refuse') expect(call).toMatchObject({ reason: refused(value) });
        else expect(call).toEqual({ status: 'fulfilled', value });
      });
      expect(thread.isAlive()).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test('bytes of a question and of its answer are moved where that is asked for', async () => {
  const { thread } = await start();
  const bytes = Uint8Array.of(1, 2, 3);
  const answer = thread.call('echo', bytes, { transfer: [bytes.buffer] });
  expect(bytes.length).toBe(0);
  expect(await answer).toEqual(Uint8Array.of(1, 2, 3));
});

test('where the worker cannot be opened, every call is rejected with the reason', async () => {
  const { thread } = await start({ settings: 'broken' });
  const calls = [thread.call('echo', 1), thread.call('echo', 2)];
  for (const call of calls) {
    await expect(call).rejects.toMatchObject(refused('cannot be opened'));
  }
  expect(thread.isAlive()).toBe(true);
});

test('a thread that ends rejects what waits and what comes', async () => {
  const { thread } = await start();
  const ended = { code: 'ERR_WORKER_ENDED', message: 'the test worker ended with code 3' };
  const calls = [thread.call('exit', 3), thread.call('echo', 1)];
  for (const call of calls) await expect(call).rejects.toMatchObject(ended);
  expect(thread.isAlive()).toBe(false);
  await expect(thread.call('echo', 2)).rejects.toMatchObject(ended);
});

test.each(['native', 'wasm'] as const)('close ends a thread of %s code', async (code) => {
  const { thread, worker } = await start({ code });
  const call = thread.call(code === 'wasm' ? 'hang' : 'echo', null);
  let hasExited = false;
  worker.once('exit', () => {
    hasExited = true;
  });
  const refusal = expect(call).rejects.toThrow('enough');
  await thread.close(new Error('enough'));
  expect(hasExited).toBe(true);
  await refusal;
  await thread.close();
  await expect(thread.call('echo', 1)).rejects.toThrow('enough');
});

test('a thread that is silent for too long is closed', async () => {
  const { thread } = await start({ code: 'wasm' });
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const call = thread.call('hang', null, { silenceMs: 800 });
  const refusal = expect(call).rejects.toThrow('the test library has given no sign for 0.8 s');
  vi.advanceTimersByTime(799);
  expect(thread.isAlive()).toBe(true);
  vi.advanceTimersByTime(1);
  expect(thread.isAlive()).toBe(false);
  await refusal;
});

test('each sign of life counts the time of silence anew', async () => {
  const { thread, worker } = await start({ code: 'wasm' });
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const call = thread.call('progress', gate, { silenceMs: 800 });
  for (let signs = 0; signs < 2; signs++) {
    vi.advanceTimersByTime(700);
    const sign = once(worker, 'message');
    Atomics.add(gate, 0, 1);
    Atomics.notify(gate, 0);
    await sign;
    expect(thread.isAlive()).toBe(true);
  }
  expect(await call).toBe('done');
});
