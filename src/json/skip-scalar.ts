import { JsonSyntaxError, unexpected } from './json-syntax-error.ts';

/**
 * The position after the string whose opening quote is at `open`; bytes from 0x80 on are not looked at.
 *
 * @throws JsonSyntaxError
 */
export function skipString(bytes: Uint8Array, open: number): number {
  let at = open + 1;
  for (;;) {
    const byte = bytes[at];
    if (byte === 0x22) return at + 1;
    if (byte === undefined || byte === 0x0a) {
      throw new JsonSyntaxError(`unterminated string at byte ${open}`);
    }
    if (byte < 0x20) throw unexpected(bytes, at, 'no control character in a string');
    at = byte === 0x5c ? skipEscape(bytes, at) : at + 1;
  }
}

function skipEscape(bytes: Uint8Array, at: number): number {
  const kind = bytes[at + 1] ?? 0x0a;
  if (kind !== 0x75) {
    if (!shortEscapes.has(kind)) throw unexpected(bytes, at + 1, 'an escape');
    return at + 2;
  }
  for (let digit = at + 2; digit < at + 6; digit++) {
    if (!isHexDigit(bytes[digit])) throw unexpected(bytes, digit, 'a hexadecimal digit');
  }
  return at + 6;
}

/** `"`, `\`, `/`, `b`, `f`, `n`, `r`, `t`. */
const shortEscapes: ReadonlySet<number> = new Set([0x22, 0x5c, 0x2f, 0x62, 0x66, 0x6e, 0x72, 0x74]);

/**
 * The position after the string, number or literal name at `at`.
 *
 * @throws JsonSyntaxError
 */
export function skipScalar(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === 0x22) return skipString(bytes, at);
  if (byte === 0x74) return skipLiteral(bytes, at, 'true');
  if (byte === 0x66) return skipLiteral(bytes, at, 'false');
  if (byte === 0x6e) return skipLiteral(bytes, at, 'null');
  return skipNumber(bytes, at);
}

function skipLiteral(bytes: Uint8Array, at: number, name: string): number {
  for (let i = 0; i < name.length; i++) {
    if (bytes[at + i] !== name.charCodeAt(i)) throw unexpected(bytes, at, 'a value');
  }
  return at + name.length;
}

function skipNumber(bytes: Uint8Array, start: number): number {
  let at = bytes[start] === 0x2d ? start + 1 : start;
  if (!isDigit(bytes[at])) throw unexpected(bytes, at, at === start ? 'a value' : 'a digit');
  at = bytes[at] === 0x30 ? at + 1 : skipDigits(bytes, at);
  if (bytes[at] === 0x2e) at = skipDigits(bytes, at + 1);
  if (bytes[at] === 0x65 || bytes[at] === 0x45) {
    const isSigned = bytes[at + 1] === 0x2b || bytes[at + 1] === 0x2d;
    at = skipDigits(bytes, isSigned ? at + 2 : at + 1);
  }
  return at;
}

function skipDigits(bytes: Uint8Array, start: number): number {
  if (!isDigit(bytes[start])) throw unexpected(bytes, start, 'a digit');
  let at = start + 1;
  while (isDigit(bytes[at])) at++;
  return at;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function isHexDigit(byte: number | undefined): boolean {
  return isDigit(byte) || (byte !== undefined && (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}
