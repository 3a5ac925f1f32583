import type { Failure, RunStatus, TaskStatus } from '../metrics/run-status.ts';
import {
  formatBytes,
  formatCount,
  formatCounted,
  formatSeconds,
  formatShare,
  formatTokenRate,
} from './format-quantity.ts';

/** How a run stands, for people: several lines, the last one without a line break. */
export function renderStatus(status: RunStatus): string {
  const running = status.tasks.filter((task) => task.status === 'running');
  return [
    renderStatusLine(status),
    `  ${renderDone(status)}`,
    ...shorten(running.map(renderRunning)),
    ...shorten(status.failures.map(renderFailure)),
    ...shorten(
      status.removed.map((input) => `  left out ${input}: it had failed, and was removed`),
    ),
    ...renderRemedy(status),
  ].join('\n');
}

/** The same in one line, for a log. */
export function renderStatusLine(status: RunStatus): string {
  const { counts, bytesDone, bytesTotal, workers, tokensPerSecond, etaSeconds } = status;
  const others = (['running', 'pending', 'failed'] as const)
    .filter((name) => counts[name] > 0)
    .map((name) => `${formatCount(counts[name])} ${name}`);
  const parts = [
    `${formatCount(counts.done)} of ${formatCounted(status.tasks.length, 'file')} done`,
    ...others,
    `${formatShare(bytesDone, bytesTotal, 1)} of ${formatBytes(bytesTotal)}`,
  ];
  if (workers > 0) {
    parts.push(formatCounted(workers, 'worker'), formatTokenRate(tokensPerSecond));
  }
  if (etaSeconds !== null) parts.push(`ETA ${formatSeconds(etaSeconds)}`);
  return parts.join(', ');
}

function renderDone({ rows, tokens, changed, deadLetters, command, skipped }: RunStatus): string {
  const parts = [formatCounted(rows, 'row'), formatCounted(tokens, 'token')];
  if (command !== 'score') parts.push(`${formatCount(changed)} changed`);
  if (deadLetters > 0) parts.push(`${formatCounted(deadLetters, 'row')} set aside`);
  if (skipped > 0) parts.push(`${formatCounted(skipped, 'file')} left out`);
  return parts.join(', ');
}

function renderRunning({ input, share, heldBy }: TaskStatus): string {
  const done = share === null ? '' : ` ${formatShare(share, 1, 0)},`;
  if (heldBy === null) return `  running  ${input}: by an unknown process`;
  const { host, pid, heartbeatAgeSeconds } = heldBy;
  const seen = formatSeconds(heartbeatAgeSeconds);
  return `  running  ${input}:${done} process ${pid} on ${host}, seen ${seen} ago`;
}

function renderFailure({ input, error, retryable }: Failure): string {
  const message = error.message.replace(/\s+/g, ' ').trim();
  const named = message.includes(input) ? message : `${input}: ${message}`;
  return `  failed   ${named}${retryable ? ' (tried again by the next run)' : ''}`;
}

const shownLines = 20;

function shorten(lines: readonly string[]): readonly string[] {
  if (lines.length <= shownLines) return lines;
  return [
    ...lines.slice(0, shownLines),
    `  ... and ${formatCount(lines.length - shownLines)} more`,
  ];
}

function renderRemedy({ counts, failures, output, workers }: RunStatus): readonly string[] {
  if (workers > 0) return [];
  const isLeft = counts.pending > 0 || failures.some(({ retryable }) => retryable);
  if (isLeft) return [`nobody works on it: continue with toedit run ${output}`];
  return failures.length === 0 ? [] : [`try the failed files again with toedit retry ${output}`];
}
