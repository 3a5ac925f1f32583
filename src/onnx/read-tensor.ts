import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { halfToFloat } from './half-to-float.ts';
import { elementTypes } from './onnx-model.ts';
import type { TensorLayout } from './tensor-layout.ts';

/**
 * The bytes of a tensor's values, little-endian.
 *
 * @param directory - where the graph lies: external data are named relative to it
 * @throws Error where the values are kept in a way that toedit does not read, or a file is too short.
 */
export async function readTensorBytes(
  { name, values }: TensorLayout,
  directory: string,
): Promise<Uint8Array> {
  if (values.kind === 'raw') return values.bytes;
  if (values.kind === 'halves') return new Uint8Array(Uint16Array.from(values.bits).buffer);
  if (values.kind === 'other') throw new Error(`tensor ${name} holds no values that can be read`);
  const path = join(directory, values.location);
  await using file = await open(path);
  const length = values.length ?? (await file.stat()).size - values.offset;
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await file.read(bytes, at, length - at, values.offset + at);
    if (bytesRead === 0) throw new Error(`${path} ends within tensor ${name}`);
    at += bytesRead;
  }
  return bytes;
}

/**
 * The values of a float32 or float16 tensor, as float32.
 *
 * @throws Error as {@link readTensorBytes}, and where the tensor holds something else or fewer values than its shape says.
 */
export async function readTensor(layout: TensorLayout, directory: string): Promise<Float32Array> {
  const { name, elementType, shape } = layout;
  const isHalf = elementType === elementTypes.float16;
  if (!isHalf && elementType !== elementTypes.float) throw new Error(`tensor ${name} is no float`);
  const bytes = await readTensorBytes(layout, directory);
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  if (bytes.length !== size * (isHalf ? 2 : 4)) {
    throw new Error(`tensor ${name} has ${bytes.length} bytes for the shape [${shape.join()}]`);
  }
  // A copy: views ask for an alignment that a file need not have.
  const { buffer } = new Uint8Array(bytes);
  return isHalf
    ? Float32Array.from(new Uint16Array(buffer), halfToFloat)
    : new Float32Array(buffer);
}
