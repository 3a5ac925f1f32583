import type { FileHandle } from 'node:fs/promises';

/** The part of the Blob interface that parquet-wasm reads a file by. */
export interface FileBlob {
  readonly size: number;
  slice(begin?: number, end?: number): FileBlob;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/**
 * A file as a Blob, read on demand. Not `fs.openAsBlob`, which gives the size modulo 4 GiB (nodejs/node#52585).
 */
export function fileBlob(handle: FileHandle, size: number): FileBlob {
  return range(handle, 0, size);
}

function range(handle: FileHandle, start: number, end: number): FileBlob {
  const size = end - start;
  const at = (position: number): number =>
    start + Math.max(0, Math.min(position < 0 ? size + position : position, size));
  return {
    size,
    slice: (from = 0, to = size) => range(handle, at(from), Math.max(at(from), at(to))),
    arrayBuffer: () => read(handle, start, size),
  };
}

async function read(handle: FileHandle, start: number, size: number): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let filled = 0; filled < size; ) {
    const { bytesRead } = await handle.read(bytes, filled, size - filled, start + filled);
    if (bytesRead === 0) throw new Error(`the file ends before byte ${start + size}`);
    filled += bytesRead;
  }
  return bytes.buffer;
}
