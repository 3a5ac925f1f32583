import type { Progress } from '../metrics/progress.ts';
import { renderProgressBar, renderProgressLine } from '../report/render-progress.ts';

/** The part of `process.stderr` that progress is written to. */
export interface ProgressStream {
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

/** One moving line on a terminal; elsewhere a plain line every ten seconds. `now` tells milliseconds. */
export function showProgress(stream: ProgressStream, now: () => number): ProgressDisplay {
  return stream.isTTY === true ? movingLine(stream, now) : plainLines(stream, now);
}

function movingLine(stream: ProgressStream, now: () => number): ProgressDisplay {
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

function plainLines(stream: ProgressStream, now: () => number): ProgressDisplay {
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
