import { join } from 'node:path';
import { writeBaseFiles } from './base-files.ts';
import { caseId, casesOf, type FuzzCase, mutantOf } from './cases.ts';
import type { ChildAnswer } from './fuzz-child.ts';
import { type ReaderProcess, startReader } from './reader-process.ts';
import { isFault, type Verdict } from './verdict.ts';

/** What {@link fuzz} does. */
export interface FuzzOptions {
  /** Where sound files and mutants lie meanwhile. */
  readonly directory: string;
  /** The number of the first case: the same numbers are the same cases. */
  readonly first: number;
  readonly count: number;
  /** Processes at once. @defaultValue 1 */
  readonly jobs?: number | undefined;
  /** How long a case may take. @defaultValue 20000 */
  readonly limitMs?: number | undefined;
  /** What a process may have in use. @defaultValue 700 MB */
  readonly memoryBytes?: number | undefined;
  readonly onCase?: ((done: number) => void) | undefined;
  /** Once it aborts, no further case is begun, and what was found so far is reported. */
  readonly signal?: AbortSignal | undefined;
}

/** A case that ended as none may. */
export interface FoundFault {
  readonly id: string;
  readonly mutation: string;
  readonly verdict: Verdict;
}

/** What {@link fuzz} found. */
export interface FuzzReport {
  readonly first: number;
  /** Of each case that was read, how it ended. */
  readonly tallies: readonly (FuzzCase & Pick<Verdict, 'kind'>)[];
  readonly faults: readonly FoundFault[];
  /** The most that a process had in use. */
  readonly peakBytes: number;
  readonly slowestMs: number;
  readonly seconds: number;
}

/** A process keeps what it read in WebAssembly's memory, which never shrinks. */
const casesOfProcess = 400;

/** Reads mutants of sound files in processes of their own, and judges what becomes of each. */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { directory, jobs = 1, first, onCase, signal } = options;
  const begin = performance.now();
  const cases = casesOf(await writeBaseFiles(directory), options);
  const tallies: FuzzReport['tallies'][number][] = [];
  const faults: FoundFault[] = [];
  let [peakBytes, slowestMs] = [0, 0];
  const work = async (job: number): Promise<void> => {
    await using readers = openReaders(options, job);
    for (const fuzzCase of cases) {
      if (signal?.aborted === true) break;
      const from = performance.now();
      const answer = await readers.judge(fuzzCase);
      slowestMs = Math.max(slowestMs, performance.now() - from);
      peakBytes = Math.max(peakBytes, answer.peakBytes);
      tallies.push({ ...fuzzCase, kind: answer.verdict.kind });
      if (isFault(answer.verdict)) faults.push(await foundFault(directory, fuzzCase, answer));
      onCase?.(tallies.length);
    }
  };
  await Promise.all(Array.from({ length: jobs }, (_, job) => work(job)));
  const seconds = (performance.now() - begin) / 1000;
  return { first, tallies, faults, peakBytes, slowestMs, seconds };
}

async function foundFault(
  directory: string,
  fuzzCase: FuzzCase,
  { verdict }: ChildAnswer,
): Promise<FoundFault> {
  const { kind: mutation } = await mutantOf(directory, fuzzCase);
  return { id: caseId(fuzzCase), mutation, verdict };
}

/** Reads one case after the other, by a process as long as it is good for it. */
interface Readers extends AsyncDisposable {
  judge(fuzzCase: FuzzCase): Promise<ChildAnswer>;
}

/** Opens a place for one process at a time. */
export function openReaders(
  options: Pick<FuzzOptions, 'directory' | 'limitMs' | 'memoryBytes'>,
  job: number,
): Readers {
  const { directory, limitMs = 20_000, memoryBytes = 700e6 } = options;
  const mutantPath = join(directory, `mutant-${job}`);
  let reader: ReaderProcess | undefined;
  let done = 0;
  const end = async (): Promise<void> => {
    await reader?.end();
    reader = undefined;
  };
  const judge = async (fuzzCase: FuzzCase): Promise<ChildAnswer> => {
    if (done++ % casesOfProcess === 0 || reader?.isAlive() === false) await end();
    reader ??= startReader({ directory, mutantPath, limitMs });
    const answer = await reader.judge(fuzzCase);
    if (answer.verdict.kind === 'hang') await end();
    if (answer.peakBytes <= memoryBytes) return answer;
    await end();
    const detail = `${Math.round(answer.peakBytes / 1e6)} MB`;
    return { ...answer, verdict: { kind: 'memory', detail } };
  };
  return {
    judge: async (fuzzCase) => {
      const answer = await judge(fuzzCase);
      // What an earlier case left in memory, or a machine that did other things, is not this case's fault.
      const isOfProcess = ['memory', 'hang'].includes(answer.verdict.kind);
      return isOfProcess ? await judge(fuzzCase) : answer;
    },
    [Symbol.asyncDispose]: end,
  };
}
