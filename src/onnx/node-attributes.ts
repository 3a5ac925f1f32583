import type { OnnxNode } from './onnx-model.ts';
import { readFields } from './read-fields.ts';

/** The attributes of a node that are a number or a tensor (its TensorProto), by name. */
export function nodeAttributes({
  bytes,
}: Pick<OnnxNode, 'bytes'>): Readonly<Record<string, number | Uint8Array>> {
  const attributes: Record<string, number | Uint8Array> = {};
  for (const { number, payload } of readFields(bytes)) {
    if (number !== 5) continue;
    let name = '';
    let content: number | Uint8Array | null = null;
    for (const field of readFields(payload)) {
      if (field.number === 1) name = new TextDecoder().decode(field.payload);
      else if (field.number === 2) content = float(field.raw);
      else if (field.number === 3) content = field.value;
      else if (field.number === 5) content = field.payload;
    }
    if (content !== null) attributes[name] = content;
  }
  return attributes;
}

/** The number behind a tag of one byte. */
function float(field: Uint8Array): number {
  return new DataView(field.buffer, field.byteOffset + 1, 4).getFloat32(0, true);
}
