/** Before a frame (lz4_Frame_format.md). */
const magic = 0x184d2204;
const magicBytes = 4;
/** Flags and block descriptor; at the end, a checksum of the header. */
const flagBytes = 2;
const checksumBytes = 1;

/** What a byte of a block stands for at most, nearly. */
const maxRatio = 256;
/** By the block descriptor's bits 4 to 6. */
const blockBytes: ReadonlyMap<number, number> = new Map([
  [4, 64 * 2 ** 10],
  [5, 256 * 2 ** 10],
  [6, 2 ** 20],
  [7, 4 * 2 ** 20],
]);

/**
 * How many bytes LZ4 frames that are in memory as a whole decompress to at most, by their blocks: what a header says of the
 * content is not believed.
 *
 * @throws Error where something is no frame, or ends early.
 */
export function lz4FrameBound(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headBytes = magicBytes + flagBytes;
  if (bytes.length < headBytes || view.getUint32(0, true) !== magic) {
    throw new Error('something else is where an LZ4 frame should begin');
  }
  const flags = view.getUint8(magicBytes);
  const most = blockBytes.get((view.getUint8(magicBytes + 1) >> 4) & 7);
  if (most === undefined) throw new Error('the blocks of an LZ4 frame have no size');
  const optional = ((flags >> 3) & 1) * 8 + (flags & 1) * 4;
  const afterBlock = ((flags >> 4) & 1) * 4;
  let bound = 0;
  for (let at = headBytes + optional + checksumBytes; ; ) {
    if (at + 4 > bytes.length) throw new Error('an LZ4 frame ends early');
    const size = view.getUint32(at, true);
    if (size === 0) {
      const next = at + 4 + ((flags >> 2) & 1) * 4;
      return next < bytes.length ? bound + lz4FrameBound(bytes.subarray(next)) : bound;
    }
    // The highest bit says that the block is not compressed.
    const length = size % 2 ** 31;
    bound += size >= 2 ** 31 ? length : Math.min(most, length * maxRatio);
    at += 4 + length + afterBlock;
  }
}
