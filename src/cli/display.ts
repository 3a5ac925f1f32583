import { isAbsolute, relative } from 'node:path';
import type { Progress } from '../metrics/progress.ts';
import { renderProgressBar, renderProgressLine } from '../report/render-progress.ts';

/** What a command shows, and how. */
export interface Display {
  /** One JSON object on stdout, and nothing else there. */
  readonly json: boolean;
  /** Neither progress nor notices. */
  readonly quiet: boolean;
  /** Stack traces of errors. */
  readonly verbose: boolean;
}

/** Where a command prints: the standard streams, or what stands for them. */
export interface Streams {
  readonly stdout: OutputStream & { hasColors?(): boolean };
  readonly stderr: OutputStream;
}

/** The part of a standard stream that is written to. */
export interface OutputStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** Shows progress until `end` is called. */
export interface ProgressDisplay {
  readonly show: (progress: Progress) => void;
  readonly end: () => void;
}

const redrawMs = 100;
const logMs = 10_000;
const clearLine = '\r\u001b[K';

/** One moving line on a terminal; elsewhere a plain line every ten seconds. `now` returns milliseconds. */
export function showProgress(stream: OutputStream, now: () => number): ProgressDisplay {
  return stream.isTTY === true ? movingLine(stream, now) : plainLines(stream, now);
}

function movingLine(stream: OutputStream, now: () => number): ProgressDisplay {
  let drawnAt = -Infinity;
  return {
    show: (progress) => {
      if (now() - drawnAt < redrawMs) return;
      drawnAt = now();
      stream.write(clearLine + renderProgressBar(progress, stream.columns ?? 80));
    },
    end: () => {
      if (drawnAt > -Infinity) stream.write(clearLine);
    },
  };
}

function plainLines(stream: OutputStream, now: () => number): ProgressDisplay {
  let loggedAt = now();
  return {
    show: (progress) => {
      if (now() - loggedAt < logMs) return;
      loggedAt = now();
      stream.write(`${renderProgressLine(progress)}\n`);
    },
    end: () => {
      // Each line stands by itself: there is nothing to clear.
    },
  };
}

/** A path as people like to read it: from the working directory, where it lies below. */
export function shownPath(path: string): string {
  const shown = relative(process.cwd(), path);
  return shown === '' || shown.startsWith('..') || isAbsolute(shown) ? path : shown;
}
