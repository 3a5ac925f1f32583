import {
  type Data,
  Field,
  Int32,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableFromIPC,
  tableToIPC,
} from 'apache-arrow';
import { expect, test } from 'vitest';
import { float32ListData, int32ListData, listData, structData } from '#toedit/src/arrow/lists';
import { candidatesType } from '#toedit/src/columns';

/** The column after a walk through Arrow IPC, as JSON: so the buffers are those of the format. */
function written(data: Data): unknown {
  const fields = [new Field('c', data.type, true)];
  const children = [data];
  const struct = makeData({ type: new Struct(fields), length: data.length, children });
  const table = tableFromIPC(tableToIPC(new Table([new RecordBatch(new Schema(fields), struct)])));
  return JSON.parse(JSON.stringify([...(table.getChild('c') ?? [])]));
}

test('token ids, one row null', () => {
  const data = int32ListData(
    Int32Array.of(0, 2, 2, 3),
    Int32Array.of(5, 6, 7),
    Uint8Array.of(0b101),
  );
  expect(written(data)).toEqual([[5, 6], null, [7]]);
});

test('log probabilities, the first item of a row null', () => {
  const validity = { items: Uint8Array.of(0b1010), lists: Uint8Array.of(0b011) };
  const values = Float32Array.of(0, -0.5, 0, -2);
  const data = float32ListData(Int32Array.of(0, 2, 4, 4), values, validity);
  expect(written(data)).toEqual([[null, -0.5], [null, -2], null]);
});

test('candidates: lists of structs of lists', () => {
  const item = candidatesType.valueType;
  const children = [
    makeData({ type: new Int32(), data: Int32Array.of(3, 9) }),
    int32ListData(Int32Array.of(0, 2, 3), Int32Array.of(1, 2, 4)),
    float32ListData(Int32Array.of(0, 2, 3), Float32Array.of(-0.25, -2, -0.5)),
  ];
  const items = structData(item, { length: 2, children });
  const data = listData(candidatesType, { offsets: Int32Array.of(0, 2, 2), items });
  expect(written(data)).toEqual([
    [
      { position: 3, token_ids: [1, 2], logprobs: [-0.25, -2] },
      { position: 9, token_ids: [4], logprobs: [-0.5] },
    ],
    [],
  ]);
});

test('a struct refuses children of another length or number', () => {
  const type = new Struct([new Field('a', new Int32(), false)]);
  const child = makeData({ type: new Int32(), data: Int32Array.of(1) });
  expect(() => structData(type, { length: 2, children: [child] })).toThrow(RangeError);
  expect(() => structData(type, { length: 1, children: [child, child] })).toThrow(RangeError);
});
