import { type FileMeter, fileMeter } from '../../src/metrics/file-meter.ts';
import type { FileProgress, Progress } from '../../src/metrics/progress.ts';
import type { RunRecorder } from '../../src/metrics/recorder.ts';
import { type RunMeter, runMeter, type TaskShare } from '../../src/metrics/run-meter.ts';
import type { OutputReport } from '../../src/run/ledger/ledger.ts';
import type { Task } from '../../src/run/manifest/manifest.ts';
import type { RunOptions } from '../stages/corpus-options.ts';
import type { OpenedInput } from './open-texts.ts';

/** Reports how far a run is. */
export interface RunProgress {
  /** What is noted while a task is worked on. */
  ofTask(task: Task): TaskProgress;
  /** Notes that a task is at its end, with its outputs. */
  end(task: Task, outputs: readonly OutputReport[]): void;
  /** The files that are worked on. */
  files(): readonly FileProgress[];
}

/** How far a task is. */
export interface TaskProgress {
  /** Notes that rows of an output are about to be computed. */
  begin(input: OpenedInput, rows: OutputRows): OutputProgress;
  /** Notes that an output was done before. */
  pass(input: OpenedInput): void;
}

/** What is known of the rows of an output. */
export interface OutputRows {
  /** Rows that an earlier process has done. */
  readonly firstRow: number;
  /** Null where the format does not say before its end. */
  readonly rowsTotal: number | null;
  /** Rows that are read at most. */
  readonly limit: number | undefined;
}

/** How far an output is. */
export interface OutputProgress extends Pick<FileMeter, 'begin' | 'score' | 'commit'> {
  /** Notes rows that were read. */
  read(rows: number): void;
}

/** What {@link runProgress} needs beside the tasks. */
export interface RunProgressOptions extends Pick<RunOptions, 'onProgress' | 'stop'> {
  readonly recorder: RunRecorder;
  /** The tasks that were not at their end before. */
  readonly left: readonly Task[];
  /** Rows of a file that are read at most. */
  readonly limit?: number | undefined;
  /** In milliseconds. @defaultValue those of the process */
  readonly now?: (() => number) | undefined;
}

/** Progress by bytes of input: files are of different kinds, and only some say their number of rows. */
export function runProgress(
  tasks: readonly Task[],
  { recorder, left, onProgress, stop, limit, now = () => performance.now() }: RunProgressOptions,
): RunProgress {
  const isLeft = new Set(left.map(({ index }) => index));
  const ended = tasks.map(({ index }) => index).filter((index) => !isLeft.has(index));
  const places = new Map(tasks.map(({ index }, place) => [index, place]));
  // Of a file that is read in part it is not known how large that part is.
  const weights = new Map(
    tasks.map(({ index, bytes }) => [index, limit === undefined ? bytes : 1]),
  );
  const run = runMeter({ weights, ended, now });
  const open = new Map<number, FileProgress>();
  const meters = new Map<number, FileMeter>();
  /** Of a run that is stopped what is in flight is left. */
  const ending = (progress: Progress): Progress => {
    if (stop?.aborted !== true || progress.tokensPerSecond === 0) return progress;
    const tokens = [...meters.values()].reduce((sum, meter) => sum + meter.tokensLeft(), 0);
    return { ...progress, etaSeconds: tokens / progress.tokensPerSecond };
  };
  const show = (file: FileProgress): void => {
    open.set(file.task, file);
    if (onProgress === undefined) return;
    const { input, task, rowsDone, rowsTotal } = file;
    const progress = recorder.progress({
      ...{ file: input, fileIndex: places.get(task) ?? 0, fileCount: tasks.length },
      ...{ filesDone: run.tasksDone(), rowsDone, rowsTotal },
      ...{ share: run.share(), etaSeconds: run.etaSeconds() },
    });
    onProgress(ending(progress));
  };
  return {
    ofTask: (task) => taskProgress(task, { run, meters, show }),
    end({ index }, outputs) {
      run.end(
        index,
        outputs.some(({ status }) => status === 'done'),
      );
      const last = open.get(index);
      if (last !== undefined) show(last);
      open.delete(index);
      meters.delete(index);
    },
    files: () => [...open.values()],
  };
}

interface Shown {
  readonly run: RunMeter;
  /** Of the output of each task that is under way. */
  readonly meters: Map<number, FileMeter>;
  readonly show: (file: FileProgress) => void;
}

/** A file is one output; an archive is one for each of its members, one after the other. */
function taskProgress(task: Task, { run, meters, show }: Shown): TaskProgress {
  const outputs = outputsOf(task);
  return {
    pass(input) {
      outputs.pass(input);
      run.move(task.index, outputs.share());
    },
    begin(input, { firstRow, rowsTotal, limit }) {
      const { extent, name } = input;
      const meter = fileMeter({ rowsTotal, limit, bytes: extent.bytes, firstRow });
      outputs.begin(input, meter);
      meters.set(task.index, meter);
      const changed = (): void => {
        run.move(task.index, outputs.share());
        show({ input: name, task: task.index, rowsDone: meter.rowsDone(), rowsTotal });
      };
      return {
        read: (rows) => meter.read(rows, extent.bytesRead),
        begin(rows, tokens) {
          meter.begin(rows, tokens);
          changed();
        },
        score(tokens) {
          meter.score(tokens);
          run.move(task.index, outputs.share());
          run.tick();
          changed();
        },
        commit(rows) {
          meter.commit(rows);
          changed();
        },
      };
    },
  };
}

/** Sums up the outputs of a task: what was begun is at its end once the next is. */
function outputsOf({ bytes }: Task) {
  let ended: TaskShare = { done: 0, before: 0 };
  let current: { readonly part: number; readonly meter: FileMeter } | undefined;
  const partOf = ({ extent: { compressedBytes } }: OpenedInput): number =>
    compressedBytes === null ? 1 : compressedBytes / Math.max(1, bytes);
  const share = (): TaskShare => {
    if (current === undefined) return ended;
    const { part, meter } = current;
    return {
      done: Math.min(1, ended.done + part * meter.share()),
      before: Math.min(1, ended.before + part * meter.shareBefore()),
    };
  };
  const endCurrent = (): void => {
    const { before } = share();
    ended = { done: ended.done + (current?.part ?? 0), before };
    current = undefined;
  };
  return {
    share,
    pass(input: OpenedInput): void {
      endCurrent();
      const part = partOf(input);
      ended = { done: ended.done + part, before: ended.before + part };
    },
    begin(input: OpenedInput, meter: FileMeter): void {
      endCurrent();
      current = { part: partOf(input), meter };
    },
  };
}
