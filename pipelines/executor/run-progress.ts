import type { FileProgress } from '../../src/metrics/progress.ts';
import type { RunRecorder } from '../../src/metrics/recorder.ts';
import type { Task } from '../../src/run/manifest/manifest.ts';
import type { RunOptions } from '../corpus-options.ts';
import type { RunContext } from './run-context.ts';

/** Tells how far a run is. */
export interface RunProgress {
  onRows(task: Task): RunContext['onRows'];
  onEnd(task: Task): void;
  /** The files that are worked on. */
  files(): readonly FileProgress[];
}

/** What {@link runProgress} needs beside the tasks. */
export interface RunProgressOptions {
  readonly recorder: RunRecorder;
  /** Those that were not at their end before. */
  readonly left: readonly Task[];
  readonly onProgress: RunOptions['onProgress'];
}

/** Progress by bytes of input: files are of different kinds, and only some tell their rows. */
export function runProgress(
  tasks: readonly Task[],
  { recorder, left, onProgress }: RunProgressOptions,
): RunProgress {
  const total = bytesOf(left);
  const fileCount = tasks.length;
  const places = new Map(tasks.map(({ index }, place) => [index, place]));
  const open = new Map<number, OpenTask>();
  let ended = 0;
  return {
    onRows:
      ({ index, bytes }) =>
      (file, rowsDone, rowsTotal) => {
        const worth = rowsTotal === null ? 0 : (bytes * rowsDone) / Math.max(1, rowsTotal);
        open.set(index, { progress: { input: file, task: index, rowsDone, rowsTotal }, worth });
        const worked = [...open.values()].reduce((sum, task) => sum + task.worth, ended);
        const place = { file, fileIndex: places.get(index) ?? 0, fileCount, rowsDone, rowsTotal };
        const share = total === 0 ? null : worked / total;
        onProgress?.(recorder.progress(place, share));
      },
    onEnd: ({ index, bytes }) => {
      open.delete(index);
      ended += bytes;
    },
    files: () => [...open.values()].map(({ progress }) => progress),
  };
}

interface OpenTask {
  readonly progress: FileProgress;
  /** Bytes of input that its rows stand for. */
  readonly worth: number;
}

function bytesOf(tasks: readonly Task[]): number {
  return tasks.reduce((sum, { bytes }) => sum + bytes, 0);
}
