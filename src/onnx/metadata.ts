import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { OnnxModel } from './onnx-model.ts';
import { readFields } from './read-fields.ts';

/** What a model's file says of itself in free words (ModelProto `metadata_props` = 14), by key. */
export function readMetadata({ otherFields }: Pick<OnnxModel, 'otherFields'>): Map<string, string> {
  const decoder = new TextDecoder();
  const entries = new Map<string, string>();
  for (const raw of otherFields) {
    for (const { number, payload } of readFields(raw)) {
      if (number !== 14) continue;
      const [key, value] = [...readFields(payload)].map((field) => decoder.decode(field.payload));
      entries.set(key ?? '', value ?? '');
    }
  }
  return entries;
}

/** The fields of a ModelProto that say so. */
export function makeMetadata(entries: Readonly<Record<string, string>>): Uint8Array[] {
  return Object.entries(entries).map(([key, value]) => {
    const writer = new BinaryWriter().tag(14, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(key);
    writer.tag(2, WireType.LengthDelimited).string(value);
    return writer.join().finish();
  });
}
