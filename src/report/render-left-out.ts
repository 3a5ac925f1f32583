import { formatCount } from './format-quantity.ts';

/** Something that was met and not worked on. */
export interface LeftOut {
  readonly input: string;
  readonly reason: string;
}

/** What was left out, for people: a line a reason, with the first of its inputs. */
export function renderLeftOut(leftOut: readonly LeftOut[]): readonly string[] {
  const inputs = new Map<string, string[]>();
  for (const { input, reason } of leftOut) {
    const others = inputs.get(reason);
    if (others === undefined) inputs.set(reason, [input]);
    else others.push(input);
  }
  return Array.from(inputs, ([reason, [first = '', ...others]]) => {
    const more = others.length === 0 ? '' : ` and ${formatCount(others.length)} more`;
    return `  left out ${first}${more}: ${reason}`;
  });
}
