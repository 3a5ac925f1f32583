/**
 * Copies `length` bits, least significant first within a byte (the Arrow format's bitmaps), between any bit positions.
 * The target's bits outside the range stay.
 */
export function copyBits(
  from: { readonly bits: Uint8Array; readonly start: number },
  to: { readonly bits: Uint8Array; readonly start: number },
  length: number,
): void {
  if (from.start % 8 === 0 && to.start % 8 === 0) return copyAligned(from, to, length);
  for (let i = 0; i < length; i++) copyBit(from.bits, from.start + i, to.bits, to.start + i);
}

function copyAligned(
  from: { readonly bits: Uint8Array; readonly start: number },
  to: { readonly bits: Uint8Array; readonly start: number },
  length: number,
): void {
  const bytes = length >> 3;
  to.bits.set(from.bits.subarray(from.start >> 3, (from.start >> 3) + bytes), to.start >> 3);
  for (let i = bytes * 8; i < length; i++) {
    copyBit(from.bits, from.start + i, to.bits, to.start + i);
  }
}

function copyBit(from: Uint8Array, fromBit: number, to: Uint8Array, toBit: number): void {
  const bit = ((from[fromBit >> 3] ?? 0) >> (fromBit & 7)) & 1;
  const byte = to[toBit >> 3] ?? 0;
  const mask = 1 << (toBit & 7);
  to[toBit >> 3] = bit === 1 ? byte | mask : byte & ~mask;
}
