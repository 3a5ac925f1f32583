import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { env, execPath } from 'node:process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { ToeditError } from '../errors.ts';
import { watchFor } from '../worker-protocol.ts';
import {
  frameReader,
  mostProcessorMs,
  outOfTime,
  readCall,
  writeCall,
} from './tokenizer-frames.ts';

/** A tokenizer in a process of its own, which a text may end: see `tokenizer-worker.ts`. */
export interface TokenizerProcess {
  /** What the tokenizer puts before a text. */
  readonly prefix: Int32Array;
  /**
   * Token ids of each text. Calls are answered in their order.
   *
   * @throws Error with the library's reason, or why the process has ended; {@link NotBegun} where another call has ended it.
   */
  encode(texts: readonly string[]): Promise<Int32Array[]>;
  isAlive(): boolean;
  /** Ends the process, whatever it does. */
  end(): Promise<void>;
}

/** The process ended before it came to this call, which may be made again to another one. */
export class NotBegun extends Error {
  override readonly name = 'NotBegun';
}

/**
 * Starts a process and opens a tokenizer there.
 *
 * @param description - a `tokenizer.json`
 * @throws Error why the tokenizer cannot be opened, or fails on plain English; ToeditError ENGINE_DIED where the machine has ended
 * the process.
 */
export async function startTokenizerProcess(description: string): Promise<TokenizerProcess> {
  const running = startProcess();
  const { call, isAlive, end } = running;
  try {
    const [prefix = new Int32Array()] = await call([description]);
    return { prefix, encode: call, isAlive, end };
  } catch (error) {
    await end();
    throw error;
  }
}

type RunningProcess = Pick<TokenizerProcess, 'isAlive' | 'end'> & {
  readonly call: TokenizerProcess['encode'];
};

function startProcess(): RunningProcess {
  const child = spawnWorker();
  const ended = endOf(child);
  let isAlive = true;
  void ended.then(() => {
    isAlive = false;
  });
  const hold = holdOf(child);
  const questions = child.stdin as Writable;
  // Its end says why.
  questions.on('error', () => undefined);
  const read = frameReader(child.stdio[3] as Readable);
  let isOver = false;
  const answer = async (textBytes: number): Promise<Int32Array[]> => {
    if (isOver) throw new NotBegun('the process had ended before');
    const watch = watchFor(mostClockMs(textBytes), () => child.kill('SIGKILL'));
    const parts = await readCall(read).catch(() => null);
    watch.stop();
    if (parts !== null) return idsOf(parts);
    isOver = true;
    throw await ended;
  };
  let turn: Promise<unknown> = Promise.resolve();
  return {
    isAlive: () => isAlive,
    call(texts) {
      const parts = texts.map((text) => Buffer.from(text));
      const textBytes = parts.reduce((sum, { length }) => sum + length, 0);
      writeCall(questions, parts);
      hold(1);
      const answered = turn.then(() => answer(textBytes)).finally(() => hold(-1));
      turn = answered.catch(() => undefined);
      return answered;
    },
    async end() {
      hold(1);
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function spawnWorker(): ChildProcess {
  const module = fileURLToPath(new URL('./tokenizer-worker.js', import.meta.url));
  return spawn(execPath, [module], {
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    // Before it can say that it ignores a terminal's signals, it gets none.
    detached: true,
    windowsHide: true,
    env: { ...env, RUST_BACKTRACE: '0' },
  });
}

/** For what the process cannot notice itself, such as a large vocabulary that takes for ever to open. */
function mostClockMs(textBytes: number): number {
  return 60_000 + 10 * mostProcessorMs(textBytes);
}

/** The first part of an answer is why the call failed, or empty. */
function idsOf([failure, ...parts]: readonly Uint8Array<ArrayBuffer>[]): Int32Array[] {
  if (failure !== undefined && failure.length > 0) throw new Error(Buffer.from(failure).toString());
  return parts.map(({ buffer }) => new Int32Array(buffer));
}

/** Counts what is waited for: without anything this process does not wait for the child, as it does at first. */
function holdOf(child: ChildProcess): (more: 1 | -1) => void {
  const sockets = child.stdio.filter((stream) => stream instanceof Socket);
  let count = 1;
  const hold = (more: 1 | -1): void => {
    count += more;
    for (const held of [child, ...sockets]) {
      if (count > 0) held.ref();
      else held.unref();
    }
  };
  hold(-1);
  return hold;
}

/** Resolves with the reason once the process has ended. */
function endOf(child: ChildProcess): Promise<Error> {
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-mostSaid);
  });
  return new Promise((resolve) => {
    child.once('error', (cause) => {
      resolve(machineFault(`its process cannot be started: ${cause.message}`, cause));
    });
    child.once('close', (code, signal) => {
      resolve(reasonOf(said, signal ?? `code ${String(code)}`));
    });
  });
}

/** The end of what the process says is kept: the reason stands there. */
const mostSaid = 8192;

function reasonOf(said: string, end: string): Error {
  if (said.includes('Regex search error')) {
    return new Error('a regular expression of it backtracks too often');
  }
  if (said.includes(outOfTime)) return new Error('it takes too long');
  return otherHands.has(end)
    ? machineFault(`its process was ended by ${end}`)
    : new Error(`its library has failed (${end})`);
}

/** Who sends these is neither the library nor this process. */
const otherHands: ReadonlySet<string> = new Set(['SIGKILL', 'SIGTERM', 'SIGHUP', 'SIGINT']);

function machineFault(message: string, cause?: unknown): ToeditError {
  return new ToeditError('ENGINE_DIED', message, { cause });
}
