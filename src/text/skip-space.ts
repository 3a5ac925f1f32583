/** The position after the JSON white space that begins at `at` (RFC 8259 §2), often `at` itself. */
export function skipSpace(bytes: Uint8Array, at: number): number {
  for (let next = at; ; next++) {
    const byte = bytes[next];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return next;
  }
}

/** The position after the white space and byte order marks that begin at `at`. */
export function skipBlank(bytes: Uint8Array, at: number): number {
  let next = skipSpace(bytes, at);
  while (bytes[next] === 0xef && bytes[next + 1] === 0xbb && bytes[next + 2] === 0xbf) {
    next = skipSpace(bytes, next + 3);
  }
  return next;
}
