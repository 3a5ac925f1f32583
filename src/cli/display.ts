import { isAbsolute, relative } from 'node:path';
import type { Progress } from '../metrics/progress.ts';
import { renderProgressBar, renderProgressLine, renderWaiting } from '../report/render-progress.ts';

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
  /** Prints a line that stays. */
  readonly print: (line: string) => void;
  readonly end: () => void;
}

const redrawMs = 100;
const tickMs = 1000;
const clearLine = '\r\u001b[K';

/**
 * One moving line on a terminal, which counts the seconds by itself; elsewhere a plain line every ten seconds, after a minute every minute,
 * after an hour every ten minutes. `now` returns milliseconds.
 */
export function showProgress(stream: OutputStream, now: () => number): ProgressDisplay {
  return stream.isTTY === true ? movingLine(stream, now) : plainLines(stream, now);
}

interface Known {
  readonly progress: Progress;
  readonly at: number;
}

function movingLine(stream: OutputStream, now: () => number): ProgressDisplay {
  const beganAt = now();
  let last: Known | undefined;
  let drawnAt = -Infinity;
  const draw = (): void => {
    drawnAt = now();
    const columns = stream.columns ?? 80;
    const line =
      last === undefined
        ? renderWaiting((drawnAt - beganAt) / 1000)
        : renderProgressBar(aged(last, drawnAt, beganAt), columns);
    stream.write(clearLine + line.slice(0, Math.max(0, columns - 1)));
  };
  const ticker = setInterval(draw, tickMs).unref();
  return {
    show: (progress) => {
      last = { progress, at: now() };
      if (now() - drawnAt >= redrawMs) draw();
    },
    print: (line) => stream.write(`${drawnAt > -Infinity ? clearLine : ''}${line}\n`),
    end: () => {
      clearInterval(ticker);
      if (drawnAt > -Infinity) stream.write(clearLine);
    },
  };
}

/** What was last known, at a later time; all times in milliseconds. The seconds are those since the command began. */
function aged({ progress, at }: Known, now: number, beganAt: number): Progress {
  const { etaSeconds } = progress;
  const seconds = (now - at) / 1000;
  return {
    ...progress,
    secondsElapsed: (now - beganAt) / 1000,
    // Never nothing: what is late is not at its end.
    etaSeconds:
      etaSeconds === null ? null : Math.max(Math.min(etaSeconds, 1), etaSeconds - seconds),
  };
}

function plainLines(stream: OutputStream, now: () => number): ProgressDisplay {
  const beganAt = now();
  let loggedAt = beganAt;
  return {
    show: (progress) => {
      if (now() - loggedAt < intervalMs(now() - beganAt)) return;
      loggedAt = now();
      stream.write(`${renderProgressLine(progress)}\n`);
    },
    print: (line) => stream.write(`${line}\n`),
    end: () => {
      // Each line stands by itself: there is nothing to clear.
    },
  };
}

function intervalMs(sinceMs: number): number {
  if (sinceMs <= 60_000) return 10_000;
  return sinceMs <= 3_600_000 ? 60_000 : 600_000;
}

/** A path as people like to read it: from the working directory, where it lies below. */
export function shownPath(path: string): string {
  const shown = relative(process.cwd(), path);
  return shown === '' || shown.startsWith('..') || isAbsolute(shown) ? path : shown;
}
