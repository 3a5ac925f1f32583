import { readFileSync } from 'node:fs';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeNode, makeTensor } from '#toedit/src/onnx/make-onnx';
import { readNode, readOnnxModel } from '#toedit/src/onnx/onnx-file';
import { elementTypes, type OnnxModel } from '#toedit/src/onnx/onnx-model';
import { constantFinder, transpose } from '#toedit/src/onnx/tensors';
import { fixtureModel } from '../../fixture-models.ts';

const weights = Float32Array.of(1, 2, 3, 4, 5, 6);
const { float, float16, int64 } = elementTypes;

function node(opType: string, input: string, output: string, to?: number) {
  const names = { inputs: input === '' ? [] : [input], outputs: [output] };
  return readNode(makeNode(opType, names, to === undefined ? {} : { to }));
}

/** A Constant with its `value`. */
function constant(output: string) {
  const writer = new BinaryWriter().raw(node('Constant', '', output).bytes);
  writer.tag(5, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).string('value');
  writer.tag(5, WireType.LengthDelimited).bytes(makeTensor('', [2, 3], weights));
  return readNode(writer.join().finish());
}

const empty = readOnnxModel(readFileSync(fixtureModel('plain')));
const initializer = (name: string, elementType: number, bytes: Uint8Array) => ({
  ...{ name, elementType, externalLocation: null, bytes },
});
/** A TensorProto of float16 [2, 1]: 1 and -2. */
const halves = new BinaryWriter()
  .raw(Uint8Array.of(8, 2, 8, 1, 16, float16, 74, 4, 0x00, 0x3c, 0x00, 0xc0))
  .finish();
const model: OnnxModel = {
  ...empty,
  initializers: [
    initializer('w', float, makeTensor('w', [2, 3], weights)),
    initializer('h', float16, halves),
    initializer('codes', elementTypes.int8, makeTensor('codes', [2], new Int8Array(2))),
  ],
  nodes: [
    node('Transpose', 'w', 'turned'),
    node('Identity', 'turned', 'same'),
    node('Cast', 'h', 'wide', float),
    node('Cast', 'w', 'narrow', float16),
    node('Cast', 'narrow', 'rounded', float),
    node('Cast', 'w', 'whole', int64),
    node('Tanh', 'w', 'computed'),
    constant('given'),
  ],
};
const find = constantFinder(model);

test.each([
  ['w', [2, 3], [1, 2, 3, 4, 5, 6]],
  ['turned', [3, 2], [1, 4, 2, 5, 3, 6]],
  ['same', [3, 2], [1, 4, 2, 5, 3, 6]],
  ['given', [2, 3], [1, 2, 3, 4, 5, 6]],
  ['wide', [2, 1], [1, -2]],
])('%s is a float32 constant', async (name, shape, values) => {
  const found = find(name);
  expect(found).toMatchObject({ shape, elementType: float });
  expect([...((await found?.read('/')) ?? [])]).toEqual(values);
});

test('float16 that is not widened is float16', () => {
  expect(find('h')?.elementType).toBe(float16);
});

test.each(['codes', 'narrow', 'rounded', 'whole', 'computed', 'input_ids', 'absent', ''])(
  '%j is none',
  (name) => {
    expect(find(name)).toBeNull();
  },
);

test('turned twice, a matrix is itself', () => {
  const sizes = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }));
  fc.assert(
    fc.property(sizes, ([rows, columns]) => {
      const values = Float32Array.from({ length: rows * columns }, (_, i) => i);
      const turned = transpose(values, rows, columns);
      expect(turned[rows * columns - 1]).toBe(rows * columns - 1);
      if (columns > 1) expect(turned[rows]).toBe(1);
      expect(transpose(turned, columns, rows)).toEqual(values);
    }),
  );
});
