import { BinaryReader } from '@bufbuild/protobuf/wire';
import { readFields } from './read-fields.ts';

/** What a TensorProto says of itself, and where its values lie. */
export interface TensorLayout {
  readonly name: string;
  /** TensorProto.DataType. */
  readonly elementType: number;
  readonly shape: readonly number[];
  readonly values: TensorValues;
}

/** `raw`: little-endian bytes. `halves`: bits of float16, a number each. `external`: a range of a file. */
export type TensorValues =
  | { readonly kind: 'raw'; readonly bytes: Uint8Array }
  | { readonly kind: 'halves'; readonly bits: readonly number[] }
  | {
      readonly kind: 'external';
      readonly location: string;
      readonly offset: number;
      /** In bytes; null where it reaches to the end of the file. */
      readonly length: number | null;
    }
  | { readonly kind: 'other' };

/** Reads a TensorProto, but not values that lie in a file of their own (onnx.proto3; the field numbers are its). */
export function tensorLayout(tensor: Uint8Array): TensorLayout {
  let name = '';
  let elementType = 0;
  const shape: number[] = [];
  const external = new Map<string, string>();
  let values: TensorValues = { kind: 'other' };
  for (const { number, payload, value } of readFields(tensor)) {
    if (number === 1) shape.push(...(payload.length > 0 ? varints(payload) : [value]));
    else if (number === 2) elementType = value;
    else if (number === 4 || number === 9) values = { kind: 'raw', bytes: payload };
    else if (number === 5) values = { kind: 'halves', bits: varints(payload) };
    else if (number === 8) name = new TextDecoder().decode(payload);
    else if (number === 13) external.set(...entryOf(payload));
  }
  const location = external.get('location');
  if (location !== undefined) values = { kind: 'external', location, ...rangeOf(external) };
  return { name, elementType, shape, values };
}

function varints(payload: Uint8Array): number[] {
  const reader = new BinaryReader(payload);
  const numbers: number[] = [];
  while (reader.pos < reader.len) numbers.push(Number(reader.int64()));
  return numbers;
}

function entryOf(entry: Uint8Array): [key: string, value: string] {
  const fields = new Map(
    [...readFields(entry)].map(({ number, payload }) => [
      number,
      new TextDecoder().decode(payload),
    ]),
  );
  return [fields.get(1) ?? '', fields.get(2) ?? ''];
}

function rangeOf(entries: ReadonlyMap<string, string>) {
  const length = entries.get('length');
  return {
    offset: Number(entries.get('offset') ?? 0),
    length: length === undefined ? null : Number(length),
  };
}
