/**
 * The alphabet of byte-level BPE (GPT-2): one printable character a byte. Bytes that are printable in Latin-1 stand
 * for themselves; the others follow from U+0100 on, in byte order.
 */
export function byteLevelAlphabet(): ReadonlyMap<string, number> {
  const alphabet = new Map<string, number>();
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    const printable =
      (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    alphabet.set(String.fromCodePoint(printable ? byte : next++), byte);
  }
  return alphabet;
}
