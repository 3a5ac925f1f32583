/** What lies between them: statistics of byte arrays, compared byte by byte, as unsigned, the shorter first. */
export interface ByteArrayBounds {
  readonly min: Uint8Array;
  readonly max: Uint8Array;
  /** False where it is shortened, and is only below, or above, all values. */
  readonly isMinExact: boolean;
  readonly isMaxExact: boolean;
}

/**
 * The least and the greatest of the values, undefined where there are none. They are copies: a page's memory is not held.
 *
 * @param limitBytes - longer bounds are shortened to this, so that min stays below and max above. Valid UTF-8 stays valid.
 * A max that cannot be shortened (of bytes 0xFF alone, say) stays whole.
 */
export function byteArrayBounds(
  values: readonly Uint8Array[],
  limitBytes = Number.POSITIVE_INFINITY,
): ByteArrayBounds | undefined {
  let [min, max] = [values[0], values[0]];
  if (min === undefined || max === undefined) return undefined;
  for (const value of values) {
    if (Buffer.compare(value, min) < 0) min = value;
    else if (Buffer.compare(value, max) > 0) max = value;
  }
  const upper = above(max, limitBytes);
  return {
    min: Uint8Array.from(min.subarray(0, cutAt(min, limitBytes))),
    max: upper ?? Uint8Array.from(max),
    isMinExact: min.length <= limitBytes,
    isMaxExact: upper === undefined,
  };
}

/** Bounds of what either has: of a chunk from those of its pages. */
export function mergeBounds(
  a: ByteArrayBounds | undefined,
  b: ByteArrayBounds | undefined,
): ByteArrayBounds | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const lower = Buffer.compare(a.min, b.min) <= 0 ? a : b;
  const upper = Buffer.compare(a.max, b.max) >= 0 ? a : b;
  const isSame = (x: Uint8Array, y: Uint8Array): boolean => Buffer.compare(x, y) === 0;
  return {
    min: lower.min,
    max: upper.max,
    isMinExact: lower.isMinExact || (isSame(a.min, b.min) && b.isMinExact),
    isMaxExact: upper.isMaxExact || (isSame(a.max, b.max) && b.isMaxExact),
  };
}

const isContinuation = (byte: number | undefined): boolean =>
  byte !== undefined && (byte & 0xc0) === 0x80;

/** Where to cut: before a character that would be cut in two, unless nothing that looks like one begins there. */
function cutAt(bytes: Uint8Array, limit: number): number {
  if (bytes.length <= limit) return bytes.length;
  let cut = limit;
  while (cut > 0 && limit - cut < 4 && isContinuation(bytes[cut])) cut--;
  return isContinuation(bytes[cut]) ? limit : cut;
}

/** The least short bytes above all that begin as these do; undefined where they need not be cut, or there are none. */
function above(bytes: Uint8Array, limit: number): Uint8Array | undefined {
  if (bytes.length <= limit) return undefined;
  const prefix = bytes.subarray(0, cutAt(bytes, limit));
  const text = decode(prefix);
  return Buffer.compare(Buffer.from(text), prefix) === 0 ? nextText(text) : nextBytes(prefix);
}

/** Raises the last character that has a next one of the same length. */
function nextText(prefix: string): Uint8Array | undefined {
  const characters = Array.from(prefix);
  for (let last = characters.pop(); last !== undefined; last = characters.pop()) {
    const next = nextCharacter(last);
    if (next !== undefined) return Uint8Array.from(Buffer.from(characters.join('') + next));
  }
  return undefined;
}

function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

function nextCharacter(character: string): string | undefined {
  const code = (character.codePointAt(0) ?? 0) + 1;
  if (code > 0x10ffff) return undefined;
  // Between lie the surrogates, which are no characters.
  const next = String.fromCodePoint(code === 0xd800 ? 0xe000 : code);
  return Buffer.byteLength(next) === Buffer.byteLength(character) ? next : undefined;
}

/** Raises the last byte that can be raised. */
function nextBytes(prefix: Uint8Array): Uint8Array | undefined {
  const last = prefix.findLastIndex((byte) => byte < 255);
  if (last < 0) return undefined;
  const next = Uint8Array.from(prefix.subarray(0, last + 1));
  next[last] = (next[last] ?? 0) + 1;
  return next;
}
