const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** A whole number with its thousands grouped: `861,204`. */
export function formatCount(count: number): string {
  return grouped.format(count);
}

/** A count and its noun, in the plural where it needs one: `1 row`, `7,557 rows`. */
export function formatCounted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Bytes in decimal units: `640 bytes`, `3.3 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['kB', 'MB', 'GB', 'TB', 'PB'] as const;
  if (bytes < 1000) return formatCounted(bytes, 'byte');
  // 0.9995: what would round to 1000 kB is 1.0 MB.
  const step = Math.min(Math.floor(Math.log10(bytes / 0.9995) / 3), units.length);
  const value = bytes / 1000 ** step;
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[step - 1] ?? ''}`;
}

/** A span of time, to two significant parts: `0.8 s`, `42 s`, `23 min`, `2 h 05 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 99.5) return `${seconds.toFixed(0)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  return `${formatCount(Math.floor(minutes / 60))} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** A part of a whole as a percentage with the given decimals: `2.80 %`. Zero of nothing is 0 %. */
export function formatShare(part: number, whole: number, decimals = 2): string {
  const share = whole === 0 ? 0 : part / whole;
  return `${(100 * share).toFixed(decimals)} %`;
}

/** A rate of tokens: `612 tokens/s`. */
export function formatTokenRate(tokensPerSecond: number): string {
  return `${formatCount(tokensPerSecond)} tokens/s`;
}
