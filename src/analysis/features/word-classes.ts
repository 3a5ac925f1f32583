/** What a character is to the tokens of the features. */
export const characterClasses = { space: 0, word: 1, other: 2 } as const;

const { space, word, other } = characterClasses;
const unknown = 3;

/** Python's `\w`: what is a letter or has a numeric value, and the underscore. Marks are none. */
const wordPattern = /^[\p{L}\p{N}_]$/u;

/** Python's `\s`: `str.isspace`, which has the separators U+001C to U+001F and U+0085, and not U+FEFF. */
const spacePattern = /^[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/u;

/** By code point; filled as characters are met. */
const classes = new Uint8Array(0x110000).fill(unknown);

/** The class of the character whose UTF-8 begins there, one of {@link characterClasses}. */
export function classAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  const codePoint = first < 0x80 ? first : codePointAt(bytes, at);
  const known = classes[codePoint] ?? other;
  return known === unknown ? classify(codePoint) : known;
}

function classify(codePoint: number): number {
  const character = String.fromCodePoint(codePoint);
  const nonWord = spacePattern.test(character) ? space : other;
  const found = wordPattern.test(character) ? word : nonWord;
  classes[codePoint] = found;
  return found;
}

/** A text in lower case, in memory that the next call uses again. */
export interface LoweredText {
  bytes: Uint8Array;
  length: number;
}

/** A buffer for {@link lowerCase}. */
export function newLoweredText(): LoweredText {
  return { bytes: new Uint8Array(2 ** 16), length: 0 };
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/**
 * Puts a text's lower case into `lowered`, as UTF-8: by Unicode's full mapping, without regard to a language.
 *
 * @param text - valid UTF-8
 */
export function lowerCase(text: Uint8Array, lowered: LoweredText): void {
  if (lowered.bytes.length < text.length) lowered.bytes = new Uint8Array(2 * text.length);
  const { bytes } = lowered;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at] ?? 0;
    if (byte >= 0x80) {
      lowerUnicode(text, lowered);
      return;
    }
    bytes[at] = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
  }
  lowered.length = text.length;
}

function lowerUnicode(text: Uint8Array, lowered: LoweredText): void {
  const string = decoder.decode(text).toLowerCase();
  if (lowered.bytes.length < 3 * string.length) lowered.bytes = new Uint8Array(4 * string.length);
  lowered.length = encoder.encodeInto(string, lowered.bytes).written;
}

/** The code point whose UTF-8 begins at a byte from 0x80 on. */
function codePointAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  const second = (bytes[at + 1] ?? 0) & 0x3f;
  if (first < 0xe0) return ((first & 0x1f) << 6) | second;
  const third = (bytes[at + 2] ?? 0) & 0x3f;
  if (first < 0xf0) return ((first & 0x0f) << 12) | (second << 6) | third;
  const fourth = (bytes[at + 3] ?? 0) & 0x3f;
  return ((first & 0x07) << 18) | (second << 12) | (third << 6) | fourth;
}

/** How many bytes a character has whose UTF-8 begins with this one. */
export function characterLength(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}
