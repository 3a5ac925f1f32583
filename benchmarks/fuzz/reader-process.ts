import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FuzzCase } from './cases.ts';
import type { ChildAnswer } from './fuzz-child.ts';
import type { Verdict } from './verdict.ts';

/** A process that reads one mutant after the other, until one is its end. */
export interface ReaderProcess {
  /** Kills the process where it does not answer in time. */
  judge(fuzzCase: FuzzCase): Promise<ChildAnswer>;
  isAlive(): boolean;
  end(): Promise<void>;
}

/** Where the process finds the sound files and puts its mutants, and how long it may take for one. */
export interface ReaderOptions {
  readonly directory: string;
  readonly mutantPath: string;
  readonly limitMs: number;
}

const program = fileURLToPath(new URL('./fuzz-child.js', import.meta.url));
/** Of what it says before its end. */
const keptWords = 600;

/** Starts a process. */
export function startReader({ directory, mutantPath, limitMs }: ReaderOptions): ReaderProcess {
  const child = fork(program, [directory, mutantPath], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let words = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-keptWords);
  });
  const isAlive = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    judge: async (fuzzCase) => {
      const answer = await answerOf(child, fuzzCase, limitMs);
      if (answer === 'hang') child.kill('SIGKILL');
      if (typeof answer !== 'string') return answer;
      const detail = answer === 'hang' ? `over ${limitMs / 1000} s` : `${endOf(child)} ${words}`;
      const verdict: Verdict = { kind: answer, detail };
      return { verdict, peakBytes: 0 };
    },
    isAlive,
    end: async () => {
      if (!isAlive()) return;
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    },
  };
}

function endOf({ exitCode, signalCode }: ChildProcess): string {
  return signalCode ?? `exit code ${exitCode ?? 'unknown'}`;
}

function answerOf(
  child: ChildProcess,
  fuzzCase: FuzzCase,
  limitMs: number,
): Promise<ChildAnswer | 'hang' | 'crash'> {
  return new Promise((resolve) => {
    const settle = (answer: ChildAnswer | 'hang' | 'crash'): void => {
      clearTimeout(timer);
      child.off('message', settle);
      child.off('close', crash);
      resolve(answer);
    };
    const crash = (): void => settle('crash');
    const timer = setTimeout(() => settle('hang'), limitMs);
    child.once('message', settle);
    child.once('close', crash);
    child.send(fuzzCase, (error) => {
      if (error !== null) crash();
    });
  });
}
