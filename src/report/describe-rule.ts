/**
 * What an edit run does to which tokens, in words, from the options in force:
 * `paper: P >= 0.99 redrawn from top 8, seed 0`. Options that are missing or of no effect are left out.
 */
export function describeRule(options: Readonly<Record<string, unknown>>): string {
  const name = isShown(options['preset']) ? `${String(options['preset'])}: ` : '';
  const parts = [describeDraw(options), describeDeletion(options), describeSeed(options)];
  return name + parts.filter((part) => part !== '').join(', ');
}

function describeDraw(options: Readonly<Record<string, unknown>>): string {
  const { threshold, inclusive, topK, topP, temperature, excludeOriginal } = options;
  if (!isShown(threshold)) return '';
  const parts = [`P ${inclusive === false ? '>' : '>='} ${String(threshold)} redrawn`];
  if (isShown(topK)) parts.push(`from top ${String(topK)}`);
  if (isShown(topP) && topP !== 1) parts.push(`within top-p ${String(topP)}`);
  if (isShown(temperature) && temperature !== 1)
    parts.push(`at temperature ${String(temperature)}`);
  if (excludeOriginal === true) parts.push('without the original');
  return parts.join(' ');
}

function describeDeletion({ dropBelow }: Readonly<Record<string, unknown>>): string {
  return isShown(dropBelow) ? `P < ${String(dropBelow)} deleted` : '';
}

function describeSeed({ seed }: Readonly<Record<string, unknown>>): string {
  return isShown(seed) ? `seed ${String(seed)}` : '';
}

function isShown(value: unknown): value is string | number | bigint {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint';
}
