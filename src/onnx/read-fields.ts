import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

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

/** Walks the fields of one protobuf message without parsing into them. Payloads are views, never copies. */
export function* readFields(message: Uint8Array): Generator<WireField> {
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const [number, wireType] = reader.tag();
    let payload: Uint8Array = empty;
    let value = 0;
    if (wireType === WireType.LengthDelimited) payload = reader.bytes();
    else if (wireType === WireType.Varint) value = Number(reader.int64());
    else reader.skip(wireType, number);
    yield { number, payload, value, raw: message.subarray(start, reader.pos) };
  }
}

const empty = new Uint8Array(0);
