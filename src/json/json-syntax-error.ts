/** The bytes are not JSON; the message says what is wrong, and at which byte (from 0). */
export class JsonSyntaxError extends SyntaxError {
  override readonly name = 'JsonSyntaxError';
}

/** The error of a byte that may not stand where it stands. */
export function unexpected(bytes: Uint8Array, at: number, expected: string): JsonSyntaxError {
  const byte = bytes[at];
  const found = byte === undefined || byte === 0x0a ? 'the line ends' : `found ${show(byte)}`;
  return new JsonSyntaxError(`expected ${expected} at byte ${at}, ${found}`);
}

function show(byte: number): string {
  if (byte > 0x20 && byte < 0x7f) return `"${String.fromCharCode(byte)}"`;
  return `byte 0x${byte.toString(16).padStart(2, '0')}`;
}
