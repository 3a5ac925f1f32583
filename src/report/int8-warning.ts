import type { Prior } from '../model/load-prior.ts';
import type { Int8Facts } from '../tuning/int8-facts.ts';

/** What a user should know of an int8 prior on a processor that has no instruction for it, as a sentence; null elsewhere. */
export function int8Warning(
  { device, precision }: Pick<Prior, 'device' | 'precision'>,
  { hasDotProduct, speed }: Int8Facts,
): string | null {
  if (device !== 'cpu' || !precision.startsWith('int8') || hasDotProduct !== false) return null;
  const measured =
    speed === null
      ? 'int8 may be slower than float32 here'
      : `int8 runs at ${speed.toFixed(1)} times the speed of float32 here (measured)`;
  return `this processor has no 8-bit dot product (such as VNNI): ${measured}; it is as exact as elsewhere`;
}
