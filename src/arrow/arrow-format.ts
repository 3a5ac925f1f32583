import type { ArrowFormat } from './ipc-writer.ts';

/** Bytes that {@link arrowFormatOf} looks at. */
export const arrowHeadBytes = 8;

const magic = 'ARROW1';

/**
 * The Arrow IPC format of a file by its first 8 bytes; undefined where it is neither. Streams of before Arrow 0.15
 * (2019), which lack the marker 0xFFFFFFFF, are not recognised.
 */
export function arrowFormatOf(head: Uint8Array): ArrowFormat | undefined {
  if (isArrowMagic(head.subarray(0, magic.length))) return 'file';
  return head.length >= 4 && head.subarray(0, 4).every((byte) => byte === 0xff)
    ? 'stream'
    : undefined;
}

/** True of the six bytes that a file of the file format begins and ends with. */
function isArrowMagic(bytes: Uint8Array): boolean {
  return Buffer.from(bytes).toString('latin1') === magic;
}

/** Bytes that {@link checkArrowTail} looks at. */
export const arrowTailBytes = 10;

/**
 * Checks the last 10 bytes of a file of the file format.
 *
 * @returns the bytes of the footer before them.
 * @throws Error saying what is wrong.
 */
export function checkArrowTail(tail: Uint8Array, size: number): number {
  if (tail.length < arrowTailBytes || !isArrowMagic(tail.subarray(4))) {
    throw new Error('it is cut short: it does not end with its footer');
  }
  const footerBytes = new DataView(tail.buffer, tail.byteOffset, 4).getInt32(0, true);
  if (footerBytes > 0 && footerBytes + arrowHeadBytes + arrowTailBytes <= size) return footerBytes;
  throw new Error(`its footer claims ${footerBytes} of the file's ${size} bytes`);
}
