import type { Progress } from '../metrics/progress.ts';
import { formatCount, formatSeconds, formatTokenRate } from './format-quantity.ts';

const barCells = 22;

/** One moving line for a terminal of the given width: name, bar, rows, rate, ETA; never wider than `columns` - 1. */
export function renderProgressBar(progress: Progress, columns: number): string {
  const facts = describeProgress(progress);
  const counter =
    progress.fileCount > 1 ? `[${progress.fileIndex + 1}/${progress.fileCount}] ` : '';
  const name = `${counter}${fileName(progress.file)}`;
  return `  ${name.padEnd(22)} ${renderBar(progress)}  ${facts}`.slice(0, Math.max(0, columns - 1));
}

/** One plain line for a log: `books.parquet (1 of 3): 52 of 75 rows, 612 tokens/s, ETA 11 min`. */
export function renderProgressLine(progress: Progress): string {
  const place = `${progress.fileIndex + 1} of ${progress.fileCount}`;
  return `${progress.file} (${place}): ${describeProgress(progress, ', ')}`;
}

function describeProgress(progress: Progress, separator = '  '): string {
  const total = progress.rowsTotal === null ? '' : ` of ${formatCount(progress.rowsTotal)}`;
  const parts = [
    `${formatCount(progress.rowsDone)}${total} rows`,
    formatTokenRate(progress.tokensPerSecond),
  ];
  if (progress.etaSeconds !== null) parts.push(`ETA ${formatSeconds(progress.etaSeconds)}`);
  return parts.join(separator);
}

function renderBar({ rowsDone, rowsTotal }: Progress): string {
  if (rowsTotal === null) return '─'.repeat(barCells);
  const share = rowsTotal === 0 ? 1 : Math.min(1, rowsDone / rowsTotal);
  const filled = Math.floor(share * barCells);
  return '━'.repeat(filled) + '─'.repeat(barCells - filled);
}

function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
