import { decompress } from 'fzstd';
import { compressZstd, decompressZstd } from '../../compression/zstd.ts';

/**
 * WebAssembly's memory never shrinks: what is larger goes through fzstd, which is four times slower and gives it back. Pages
 * of DuckDB have up to 100 MB, of others 1 MB.
 */
const maxWasmBytes = 128 * 2 ** 20;

/** One zstd frame (RFC 8878 §3.1). */
export function compressZstdPage(bytes: Uint8Array): Uint8Array {
  return compressZstd(bytes);
}

/**
 * @param size - bytes of the content.
 * @throws Error where the frame is damaged or its content has another size.
 */
export function decompressZstdPage(bytes: Uint8Array, size: number): Uint8Array {
  const stated = frameContentSize(bytes);
  if (stated !== undefined && stated !== size) {
    throw new Error(`the zstd frame says that it holds ${stated} bytes`);
  }
  if (size <= maxWasmBytes) return decompressZstd(bytes, Math.max(1, size));
  return decompress(bytes, new Uint8Array(size));
}

/**
 * Frame_Content_Size (RFC 8878 §3.1.1.1.4), undefined where the frame does not state it. libzstd's binding takes memory of
 * that size without a question, and goes on where there is none.
 */
function frameContentSize(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== 0xfd2fb528) throw new Error('it is no zstd frame');
  const descriptor = view.getUint8(4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const at = 5 + (isSingleSegment ? 0 : 1) + dictionaryBytes;
  switch (descriptor >> 6) {
    case 0:
      return isSingleSegment ? view.getUint8(at) : undefined;
    case 1:
      return view.getUint16(at, true) + 256;
    case 2:
      return view.getUint32(at, true);
    default:
      return Number(view.getBigUint64(at, true));
  }
}
