/** A replacement of the bytes from `start` up to, not including, `end`; an empty one deletes them. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

/**
 * New bytes with each splice done and every other byte as it was.
 *
 * @param splices - by ascending offset in the given bytes, none overlapping another
 * @throws RangeError where they are not
 */
export function splice(bytes: Uint8Array, splices: readonly Splice[]): Uint8Array {
  const result = new Uint8Array(splicedLength(bytes, splices));
  let read = 0;
  let written = 0;
  for (const { start, end, bytes: replacement } of splices) {
    result.set(bytes.subarray(read, start), written);
    written += start - read;
    result.set(replacement, written);
    written += replacement.length;
    read = end;
  }
  result.set(bytes.subarray(read), written);
  return result;
}

function splicedLength(bytes: Uint8Array, splices: readonly Splice[]): number {
  let length = bytes.length;
  let previousEnd = 0;
  for (const { start, end, bytes: replacement } of splices) {
    if (start < previousEnd || end < start || end > bytes.length) {
      throw new RangeError(
        `splice of bytes ${start} to ${end} overlaps another or leaves the ${bytes.length} bytes`,
      );
    }
    length += replacement.length - (end - start);
    previousEnd = end;
  }
  return length;
}
