/** The shortest decimal that reads back as the same float64; null where JSON has no such number (NaN, infinities). */
export function float64ToJson(value: number): string {
  if (!Number.isFinite(value)) return 'null';
  return Object.is(value, -0) ? '-0' : String(value);
}

/** The shortest decimal that reads back as the same float32; null where JSON has no such number. */
export function float32ToJson(value: number): string {
  if (!Number.isFinite(value) || value === 0) return float64ToJson(value);
  // Nine digits tell any two float32 apart.
  for (let digits = 6; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return String(rounded);
  }
  return String(Number(value.toPrecision(9)));
}

/**
 * A decimal's digits, all of them, as a JSON string.
 *
 * @param words - two's complement, 32 bits a word, the least significant first.
 * @param scale - digits after the point; negative: zeros before it.
 */
export function decimalToJson(words: Uint32Array, scale: number): string {
  const unscaled = BigInt.asIntN(
    words.length * 32,
    words.reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n),
  );
  const sign = unscaled < 0n ? '-' : '';
  const digits = String(unscaled < 0n ? -unscaled : unscaled);
  if (scale <= 0) return `"${sign}${unscaled === 0n ? '0' : digits + '0'.repeat(-scale)}"`;
  const padded = digits.padStart(scale + 1, '0');
  return `"${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}"`;
}
