import { isAbsolute, relative } from 'node:path';
import type { DownloadProgress, Progress } from '../metrics/progress.ts';
import {
  renderDownloadBar,
  renderDownloadLine,
  renderProgressBar,
  renderProgressLine,
  renderWaiting,
} from '../report/render-progress.ts';
import { isAddress } from '../stores/address.ts';

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
  readonly download: (progress: DownloadProgress) => void;
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

/** What the line shows at a time, in milliseconds. */
type Render = (now: number, columns: number) => string;

function movingLine(stream: OutputStream, now: () => number): ProgressDisplay {
  const beganAt = now();
  const waiting: Render = (at) => renderWaiting((at - beganAt) / 1000);
  let render = waiting;
  let drawnAt = -Infinity;
  const draw = (): void => {
    drawnAt = now();
    const columns = stream.columns ?? 80;
    stream.write(clearLine + render(drawnAt, columns).slice(0, Math.max(0, columns - 1)));
  };
  const ticker = setInterval(draw, tickMs).unref();
  const change = (next: Render): void => {
    render = next;
    if (now() - drawnAt >= redrawMs) draw();
  };
  return {
    show: (progress) => {
      const known = { progress, at: now() };
      change((at, columns) => renderProgressBar(aged(known, at, beganAt), columns));
    },
    download: (progress) => {
      const isDone = progress.bytesDone === progress.bytesTotal;
      change(isDone ? waiting : (_, columns) => renderDownloadBar(progress, columns));
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
  const log = (line: () => string): void => {
    if (now() - loggedAt < intervalMs(now() - beganAt)) return;
    loggedAt = now();
    stream.write(`${line()}\n`);
  };
  return {
    show: (progress) => log(() => renderProgressLine(progress)),
    download: (progress) => log(() => renderDownloadLine(progress)),
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
  if (isAddress(path)) return path;
  const shown = relative(process.cwd(), path);
  return shown === '' || shown.startsWith('..') || isAbsolute(shown) ? path : shown;
}
