import { median } from '../median.ts';
import type { Standing } from './race.ts';
import { ratios } from './ratios.ts';

/** Seconds a token of each round. */
function costs({ passes }: Pick<Standing, 'passes'>): readonly number[] {
  return passes.map(({ seconds, tokens }) => seconds / tokens);
}

/** The median over the rounds. */
export function tokensPerSecond(standing: Pick<Standing, 'passes'>): number {
  return 1 / median(costs(standing));
}

/** How many times as fast as the other one was, round by round. */
export function advantage(
  other: Pick<Standing, 'passes'>,
  own: Pick<Standing, 'passes'>,
): readonly number[] {
  return ratios(costs(other), costs(own));
}
