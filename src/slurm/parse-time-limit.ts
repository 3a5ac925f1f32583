import { ToeditError } from '../errors.ts';

/**
 * Reads a time limit in a form that sbatch takes: `minutes`, `minutes:seconds`, `hours:minutes:seconds`, `days-hours`,
 * `days-hours:minutes` or `days-hours:minutes:seconds`.
 *
 * @returns seconds.
 * @throws ToeditError BAD_OPTION.
 */
export function parseTimeLimit(text: string): number {
  const match = /^(?:(?<days>\d+)-)?(?<clock>\d+(?::\d+){0,2})$/.exec(text);
  const seconds = match === null ? 0 : secondsOf(match.groups?.['clock'], match.groups?.['days']);
  if (seconds > 0) return seconds;
  const message = `the time limit must be minutes, hours:minutes:seconds or days-hours: ${text}.`;
  throw new ToeditError('BAD_OPTION', message);
}

function secondsOf(clock = '', days: string | undefined): number {
  const parts = clock.split(':').map(Number);
  // After days come hours; without them a single number is minutes, and so is the first of two.
  const [hours = 0, minutes = 0, seconds = 0] =
    days === undefined && parts.length < 3 ? [0, ...parts] : parts;
  return Number(days ?? 0) * 86_400 + hours * 3600 + minutes * 60 + seconds;
}
