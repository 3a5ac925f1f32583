import { execArgv } from 'node:process';
import { parentPort, Worker, workerData } from 'node:worker_threads';

/** One kind of call to a worker; question and answer are copied from thread to thread, but for bytes that are moved. */
export interface Call {
  readonly question: unknown;
  readonly answer: unknown;
}

/** The calls that a worker answers, by kind. */
export type Calls<Kinds> = Readonly<Record<keyof Kinds, Call>>;

/** A worker thread that answers calls one after the other, in their order. The process waits for it while it has a call to answer. */
export interface WorkerThread<Kinds extends Calls<Kinds>> {
  /**
   * Queues a call.
   *
   * @throws the worker's error, with `code` and `syscall` where it is the file system's; what ended the thread where it has ended.
   */
  call<Kind extends keyof Kinds>(
    kind: Kind,
    question: Kinds[Kind]['question'],
    options?: CallOptions,
  ): Promise<Kinds[Kind]['answer']>;
  /** Whether the thread has not ended: asked once a call is rejected, whether the error is the worker's own answer. */
  isAlive(): boolean;
  /** Rejects all calls with the reason, ends the thread, and waits until it has ended. */
  close(reason?: Error): Promise<void>;
}

/** Options of a call. */
export interface CallOptions {
  /** Bytes of the question that are moved, not copied: they must be the caller's own. */
  readonly transfer?: readonly ArrayBuffer[] | undefined;
  /** How long the thread may neither answer nor give a sign of life; then it is closed. @defaultValue for ever */
  readonly silenceMs?: number | undefined;
}

/** Options of {@link startWorker}. */
export interface WorkerOptions {
  /** What errors call it. */
  readonly name: string;
  /** What the worker opens with. */
  readonly settings?: unknown;
  /**
   * What the thread runs. A thread that is terminated while native code runs for it takes the whole process down, so `native`
   * is asked to end once the work under way is done. `wasm` is terminated whatever it does, and what it prints is dropped: a
   * panic is printed by the thread that dies of it.
   *
   * @defaultValue 'native'
   */
  readonly code?: 'native' | 'wasm' | undefined;
}

/** Starts a worker thread, whose module calls {@link answerCalls}. */
export function startWorker<Kinds extends Calls<Kinds>>(
  module: URL,
  { name, settings, code = 'native' }: WorkerOptions,
): WorkerThread<Kinds> {
  const isWasm = code === 'wasm';
  const start: WorkerStart = { settings, closing: new Int32Array(new SharedArrayBuffer(4)) };
  const output = { stdout: isWasm, stderr: isWasm };
  const worker = new Worker(module, {
    ...{ name: `toedit ${name}`, workerData: start, execArgv: execArgvOfThreads(), ...output },
  });
  worker.unref();
  const calls = waitingCalls((isWaiting) => (isWaiting ? worker.ref() : worker.unref()));
  worker.on('message', calls.settle);
  const exited = endWithThread(worker, name, calls);
  const close = async (reason = new Error(`the ${name} worker was closed`)): Promise<void> => {
    calls.end(reason);
    worker.ref();
    Atomics.store(start.closing, 0, 1);
    if (isWasm) await worker.terminate();
    else worker.postMessage(endOfWork);
    await exited;
  };
  return {
    async call(kind, question, { transfer, silenceMs } = {}) {
      worker.postMessage({ kind, question }, transfer);
      return calls.add(silenceMs, () => void close(silent(name, silenceMs)));
    },
    isAlive: calls.areOpen,
    close,
  };
}

/** The process's own flags, without the one that is refused beside a file: a program may have come by `--eval`. */
function execArgvOfThreads(): string[] {
  return execArgv.filter((flag) => !flag.startsWith('--input-type'));
}

/** What the thread says before its end comes after its error and before its exit. */
function endWithThread(worker: Worker, name: string, calls: WaitingCalls): Promise<void> {
  let killer: Error | undefined;
  worker.on('error', (error) => {
    killer = error;
  });
  return new Promise((resolve) => {
    worker.on('exit', (code) => {
      const ended = new Error(`the ${name} worker ended with code ${String(code)}`);
      calls.end(killer ?? Object.assign(ended, { code: 'ERR_WORKER_ENDED' }));
      resolve();
    });
  });
}

function silent(name: string, ms = 0): Error {
  return new Error(`the ${name} library has given no sign for ${ms / 1000} s`);
}

interface WaitingCalls {
  readonly add: (silenceMs: number | undefined, onSilence: () => void) => Promise<never>;
  readonly settle: (message: Message) => void;
  /** Rejects all, now and later, with the first reason. */
  readonly end: (reason: Error) => void;
  readonly areOpen: () => boolean;
}

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
  readonly watch: Watch | undefined;
}

/** Calls back when the first call begins to wait, and when none waits any more. */
function waitingCalls(onWaiting: (isWaiting: boolean) => void): WaitingCalls {
  const waiting: Waiting[] = [];
  let ended: Error | undefined;
  return {
    add: (silenceMs, onSilence) =>
      new Promise((resolve, reject) => {
        if (ended !== undefined) return reject(ended);
        const watch = silenceMs === undefined ? undefined : watchFor(silenceMs, onSilence);
        if (waiting.push({ resolve, reject, watch }) === 1) onWaiting(true);
      }),
    settle: (message) => {
      for (const { watch } of waiting) watch?.restart();
      // An answer to a call that was given up: whoever ends the thread waits for it, and must not be let go.
      if ('progress' in message || ended !== undefined) return;
      const call = waiting.shift();
      if (waiting.length === 0) onWaiting(false);
      call?.watch?.stop();
      if ('answer' in message) call?.resolve(message.answer as never);
      else call?.reject(Object.assign(message.failure, message.system));
    },
    end: (reason) => {
      ended ??= reason;
      for (const { reject, watch } of waiting.splice(0)) {
        watch?.stop();
        reject(ended);
      }
    },
    areOpen: () => ended === undefined,
  };
}

/** A clock that calls unless it is restarted or stopped in time. */
export interface Watch {
  restart(): void;
  stop(): void;
}

const watchTicks = 8;

/** Calls once the time has passed since the last restart; while the process is stopped, no time passes. */
export function watchFor(ms: number, call: () => void): Watch {
  let ticks = 0;
  const timer = setInterval(() => {
    if (++ticks < watchTicks) return;
    clearInterval(timer);
    call();
  }, ms / watchTicks);
  return {
    restart: () => {
      ticks = 0;
    },
    stop: () => clearInterval(timer),
  };
}

/** What {@link startWorker} hands to a thread as its `workerData`. */
interface WorkerStart {
  readonly settings: unknown;
  /** Not 0 once nobody waits for answers any more. */
  readonly closing: Int32Array;
}

interface Request {
  readonly kind: PropertyKey;
  readonly question: unknown;
}

/** The message that asks a worker to end by itself. */
const endOfWork = 'end of work';

/** What a worker posts. */
type Message =
  | { readonly progress: true }
  | { readonly answer: unknown }
  | {
      readonly failure: Error;
      /** What the file system says of an error: a message between threads leaves it out of `failure`. */
      readonly system: Pick<NodeJS.ErrnoException, 'code' | 'syscall'> | null;
    };

/** How a worker answers. */
export interface Answering<Kinds extends Calls<Kinds>> {
  readonly answers: {
    readonly [Kind in keyof Kinds]: (
      question: Kinds[Kind]['question'],
    ) => Kinds[Kind]['answer'] | Promise<Kinds[Kind]['answer']>;
  };
  /** Bytes of an answer that are moved, not copied. */
  readonly transferOf?: (answer: Kinds[keyof Kinds]['answer']) => readonly ArrayBuffer[];
  /** Releases what the worker holds, before a thread of native code ends. */
  readonly release?: () => Promise<void>;
}

/** Opens what answers; where it throws, every call is rejected with the reason. */
export type OpenAnswering<Kinds extends Calls<Kinds>, Settings> = (
  settings: Settings,
) => Answering<Kinds> | Promise<Answering<Kinds>>;

/** The worker's side of {@link startWorker}. */
export function answerCalls<Kinds extends Calls<Kinds>, Settings = undefined>(
  open: OpenAnswering<Kinds, Settings>,
): void {
  const { settings, closing } = workerData as WorkerStart;
  const opened = Promise.resolve(settings as Settings).then(open);
  // The calls say so, and may come later.
  opened.catch(() => undefined);
  const finish = async (): Promise<void> => {
    const { release } = await opened.catch(() => ({ release: undefined }));
    await release?.();
    parentPort?.close();
  };
  const answer = async ({ kind, question }: Request): Promise<void> => {
    try {
      const { answers, transferOf } = await opened;
      const value = await answers[kind as keyof Kinds](question);
      post({ answer: value }, transferOf?.(value));
    } catch (error) {
      postFailure(error);
    }
  };
  let previous = Promise.resolve();
  parentPort?.on('message', (message: Request | typeof endOfWork) => {
    previous = previous.then(() => {
      if (message === endOfWork) return finish();
      return Atomics.load(closing, 0) === 0 ? answer(message) : undefined;
    });
  });
}

/** Gives a sign of life before the answer, in a worker. */
export function postProgress(): void {
  post({ progress: true });
}

/** Rejects the call under way at once, in a worker; what its answer comes to is not looked at. */
export function postFailure(error: unknown): void {
  const failure = error instanceof Error ? error : new Error(String(error));
  const { code, syscall }: NodeJS.ErrnoException = failure;
  post({ failure, system: syscall === undefined ? null : { code, syscall } });
}

function post(message: Message, transfer?: readonly ArrayBuffer[]): void {
  parentPort?.postMessage(message, transfer);
}
