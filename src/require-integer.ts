import { ToeditError } from './errors.ts';

/**
 * Makes sure that an option is a whole number within bounds, both included.
 *
 * @throws ToeditError BAD_OPTION naming the option, the bounds and the value.
 */
export function requireInteger(
  name: string,
  value: number,
  [least, most]: readonly [number, number],
): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const range = `${String(least)} to ${String(most)}`;
  throw new ToeditError(
    'BAD_OPTION',
    `${name} must be a whole number from ${range}: ${String(value)}.`,
  );
}
