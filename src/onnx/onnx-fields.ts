import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { OnnxModel, OnnxNode } from './onnx-model.ts';

/** One field of a protobuf message: its number, and its payload (without tag and length) or number. */
export interface WireField {
  readonly number: number;
  /** The payload of a length-delimited field; empty for others. */
  readonly payload: Uint8Array;
  /** The value of a varint field; 0 for others. */
  readonly value: number;
  /** The whole field: tag, length and payload. */
  readonly raw: Uint8Array;
}

/**
 * Walks the fields of one protobuf message without parsing into them. Payloads are views, never copies.
 *
 * @throws Error where the bytes are no such message.
 */
export function* readFields(message: Uint8Array): Generator<WireField> {
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) yield readField(reader, message);
}

function readField(reader: BinaryReader, message: Uint8Array): WireField {
  const start = reader.pos;
  let payload: Uint8Array = empty;
  let value = 0;
  try {
    const [number, wireType] = reader.tag();
    if (wireType === WireType.LengthDelimited) payload = reader.bytes();
    else if (wireType === WireType.Varint) value = Number(reader.int64());
    else reader.skip(wireType, number);
    return { number, payload, value, raw: message.subarray(start, reader.pos) };
  } catch (cause) {
    throw new Error('a field of it is damaged or cut short', { cause });
  }
}

const empty = new Uint8Array(0);

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

/** The functions that a model's file defines (ModelProto `functions` = 25), as `domain:name`. */
export function readFunctionNames({
  otherFields,
}: Pick<OnnxModel, 'otherFields'>): ReadonlySet<string> {
  const decoder = new TextDecoder();
  const names = new Set<string>();
  for (const raw of otherFields) {
    for (const { number, payload } of readFields(raw)) {
      if (number !== 25) continue;
      const fields = [...readFields(payload)];
      const text = (of: number): string =>
        decoder.decode(fields.find((field) => field.number === of)?.payload);
      names.add(`${text(10)}:${text(1)}`);
    }
  }
  return names;
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

/** The node with other names for some of the values that it reads and makes; all else stays as it is. */
export function renameValues(node: OnnxNode, names: ReadonlyMap<string, string>): OnnxNode {
  const renamed = (values: readonly string[]) => values.map((name) => names.get(name) ?? name);
  const [inputs, outputs] = [renamed(node.inputs), renamed(node.outputs)];
  const writer = new BinaryWriter();
  for (const name of inputs) writer.tag(1, WireType.LengthDelimited).string(name);
  for (const name of outputs) writer.tag(2, WireType.LengthDelimited).string(name);
  for (const { number, raw } of readFields(node.bytes)) if (number > 2) writer.raw(raw);
  return { ...node, inputs, outputs, bytes: writer.finish() };
}
