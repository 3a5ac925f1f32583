import { BufferType, type Data } from 'apache-arrow';
import { CannotMerge, ownedData, type Pieces } from '../buffers.ts';
import { viewLayout } from '../byte-cells.ts';

const { bytes: viewBytes, inlineBytes } = viewLayout;

/** Joins pieces of Utf8View or BinaryView data; the texts too long for a view move into one buffer. */
export function concatViewData(pieces: Pieces): Data {
  const rows = pieces.reduce((sum, { length }) => sum + length, 0);
  const views = new Uint8Array(rows * viewBytes);
  let at = 0;
  for (const piece of pieces) {
    if (piece.length > 0) views.set(piece.values.subarray(0, piece.length * viewBytes), at);
    at += piece.length * viewBytes;
  }
  const long = moveLongValues(pieces, views);
  // Polars panics at an empty buffer for views once it is compressed.
  const variadicBuffers = long.length === 0 ? [] : [long];
  return ownedData(pieces, { buffers: { [BufferType.DATA]: views }, variadicBuffers });
}

function moveLongValues(pieces: Pieces, views: Uint8Array): Uint8Array {
  const cells = new DataView(views.buffer);
  const chunks: Uint8Array[] = [];
  let row = 0;
  let total = 0;
  for (const piece of pieces) {
    for (let i = 0; i < piece.length; i++, row++) {
      const size = piece.getValid(i) ? cells.getInt32(row * viewBytes, true) : 0;
      if (size <= inlineBytes) continue;
      const start = cells.getInt32(row * viewBytes + 12, true);
      const buffer = piece.variadicBuffers[cells.getInt32(row * viewBytes + 8, true)];
      if (buffer === undefined) throw new RangeError(`row ${i} points outside its buffers`);
      chunks.push(buffer.subarray(start, start + size));
      cells.setInt32(row * viewBytes + 8, 0, true);
      cells.setInt32(row * viewBytes + 12, total, true);
      total += size;
    }
  }
  if (total > 2 ** 31 - 1) throw new CannotMerge(`${total} bytes do not fit one view buffer`);
  return joinChunks(chunks, total);
}

function joinChunks(chunks: readonly Uint8Array[], total: number): Uint8Array {
  const joined = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}
