import type { DownloadProgress, Progress } from '../metrics/progress.ts';
import {
  formatBytes,
  formatCount,
  formatCounted,
  formatSeconds,
  formatTokenRate,
} from './format-quantity.ts';

const mostBarCells = 22;
const leastBarCells = 8;
const leastNameCells = 16;
/** Left to the name before the tokens are shown, too: whatever its length, so that they do not come and go with it. */
const roomyNameCells = 24;
const gap = '  ';

/**
 * One moving line for a terminal of the given width, never wider than `columns` - 1: share, bar, ETA, rate, rows or files, name,
 * tokens. Where it is narrow the tokens are left out, the bar shrinks, and the name is shortened in its middle; then name and bar
 * are left out, then the last of the numbers.
 */
export function renderProgressBar(progress: Progress, columns: number): string {
  const width = Math.max(0, columns - 1 - gap.length);
  const parts = [...factsOf(progress)];
  const room = (): number => width - parts.join(gap).length - gap.length;
  while (parts.length > 1 && room() < -gap.length) parts.pop();
  const tokens = tokensOf(progress).join('');
  const name = progress.file.slice(progress.file.lastIndexOf('/') + 1);
  const nameCells = Math.min(cellsOf(name), leastNameCells);
  const barCells = Math.min(mostBarCells, room() - nameCells - gap.length);
  if (progress.share !== null && barCells >= leastBarCells) {
    parts.splice(1, 0, renderBar(progress.share, barCells));
  }
  if (tokens !== '' && room() - tokens.length - gap.length >= roomyNameCells) parts.push(tokens);
  if (room() >= nameCells) parts.push(shortened(name, room()));
  return `${gap}${parts.join(gap)}`.slice(0, Math.max(0, columns - 1));
}

/** One plain line for a log: `books.parquet (1 of 3): 43.2 %, ETA 11 min, 612 tokens/s, 52 of 75 rows, 600,000 tokens`. */
export function renderProgressLine(progress: Progress): string {
  const { file, fileIndex, fileCount, filesDone } = progress;
  const place = `${formatCount(fileIndex + 1)} of ${formatCount(fileCount)}`;
  const done = fileCount > 1 ? [`${formatCounted(filesDone, 'file')} done`] : [];
  const tokens = formatCounted(progress.tokens, 'token');
  const facts = [...paceOf(progress), ...done, rowsOf(progress), tokens];
  return `${file} (${place}): ${facts.join(', ')}`;
}

/** One moving line of a download, never wider than `columns` - 1: share, bar, ETA, rate, bytes, file; what has no room is left out. */
export function renderDownloadBar(progress: DownloadProgress, columns: number): string {
  const width = Math.max(0, columns - 1 - gap.length);
  const parts = [...downloadFacts(progress), progress.file];
  const room = (): number => width - parts.join(gap).length - gap.length;
  while (parts.length > 1 && room() < -gap.length) parts.pop();
  const cells = Math.min(mostBarCells, room());
  if (cells >= leastBarCells) parts.splice(1, 0, renderBar(doneOf(progress), cells));
  return `${gap}${parts.join(gap)}`.slice(0, Math.max(0, columns - 1));
}

/** One plain line of a download for a log: `downloading OWNER/NAME, onnx/model.onnx: 43.2 %, ETA 11 s, 41 MB/s, 232 MB of 538 MB`. */
export function renderDownloadLine(progress: DownloadProgress): string {
  const { model, file } = progress;
  return `downloading ${model}, ${file}: ${downloadFacts(progress).join(', ')}`;
}

function downloadFacts(progress: DownloadProgress): readonly string[] {
  const { bytesDone, bytesTotal, bytesPerSecond, etaSeconds } = progress;
  return [
    shareOf(doneOf(progress)),
    ...(etaSeconds === null ? [] : [`ETA ${formatSeconds(etaSeconds)}`]),
    `${formatBytes(Math.round(bytesPerSecond))}/s`,
    `${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}`,
  ];
}

function doneOf({ bytesDone, bytesTotal }: DownloadProgress): number {
  return bytesTotal === 0 ? 1 : bytesDone / bytesTotal;
}

/** What is shown until there is progress: the prior is being opened, say. */
export function renderWaiting(seconds: number): string {
  return `${gap}at work for ${formatSeconds(seconds)}`;
}

/** In the order of what matters. */
function factsOf(progress: Progress): readonly string[] {
  const { fileCount, filesDone } = progress;
  const count =
    fileCount > 1
      ? `${formatCount(filesDone)} of ${formatCount(fileCount)} files`
      : rowsOf(progress);
  return [...paceOf(progress), count];
}

function paceOf(progress: Progress): readonly string[] {
  const { share, etaSeconds, secondsElapsed, tokensPerSecond, tokens } = progress;
  const time =
    etaSeconds === null
      ? `${formatSeconds(secondsElapsed)} so far`
      : `ETA ${formatSeconds(etaSeconds)}`;
  return [
    ...(share === null ? [] : [shareOf(share)]),
    time,
    ...(tokens === 0 ? [] : [formatTokenRate(tokensPerSecond)]),
  ];
}

function tokensOf({ tokens }: Progress): readonly string[] {
  return tokens === 0 ? [] : [formatCounted(tokens, 'token')];
}

/** Rounded down: what is not done is not shown as 100 %. */
function shareOf(share: number): string {
  return `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
}

function rowsOf({ rowsDone, rowsTotal }: Progress): string {
  const total = rowsTotal === null ? '' : ` of ${formatCount(rowsTotal)}`;
  return `${formatCount(rowsDone)}${total} rows`;
}

function renderBar(share: number, cells: number): string {
  const filled = Math.floor(Math.min(1, share) * cells);
  return '━'.repeat(filled) + '─'.repeat(cells - filled);
}

/** Names differ at their ends: what is left out is their extensions, then their middle. */
function shortened(name: string, cells: number): string {
  if (cellsOf(name) <= cells) return name;
  const bare = name.replace(/(?:\.[a-z]{2,8}){1,2}$/iu, '');
  if (cellsOf(bare) <= cells) return bare;
  const head: string[] = [];
  const tail: string[] = [];
  const characters = charactersOf(bare);
  for (let left = cells - 1; characters.length > 0; ) {
    const isTail = tail.length <= head.length;
    const next = (isTail ? characters.pop() : characters.shift()) ?? '';
    left -= cellsOf(next);
    if (left < 0) break;
    if (isTail) tail.unshift(next);
    else head.push(next);
  }
  return `${head.join('')}…${tail.join('')}`;
}

const segmenter = new Intl.Segmenter();
const wide =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60]/u;

function charactersOf(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** The columns that a text takes in a terminal. */
function cellsOf(text: string): number {
  return charactersOf(text).reduce((sum, character) => sum + (wide.test(character) ? 2 : 1), 0);
}
