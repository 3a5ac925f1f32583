import { expect, test } from 'vitest';
import { precisionOf } from '#toedit/src/onnx/element-types';
import { elementTypes, type OnnxInitializer, type OnnxNode } from '#toedit/src/onnx/onnx-model';

const bytes = new Uint8Array();
const weight = (name: string, elementType: number): OnnxInitializer => ({
  ...{ name, elementType, externalLocation: null, bytes },
});
const node = (opType: string, inputs: readonly string[], castTo = 0): OnnxNode => ({
  ...{ name: '', opType, domain: '', inputs, outputs: ['y'], captured: [], castTo, bytes },
});
const { float, float16 } = elementTypes;
const halves = [weight('a', float16), weight('b', float16)];

test.each([
  ['float32', [node('MatMul', ['x', 'a'])], [weight('a', float)]],
  ['float16', [node('MatMul', ['x', 'a'])], halves],
  ['float32', [node('Cast', ['a'], float), node('Cast', ['b'], float)], halves],
  ['float16', [node('Cast', ['logits'], float)], halves],
  ['quantised (MatMulNBits)', [node('MatMulNBits', ['x', 'a'])], halves],
  ['quantised (DequantizeLinear)', [node('DequantizeLinear', ['a'])], []],
  ['int8', [node('QuantizeLinear', ['x']), node('MatMulIntegerToFloat', ['x', 'a'])], []],
  ['int8 (MatMulInteger)', [node('MatMulInteger', ['x', 'a'])], [weight('b', float)]],
  ['int8 (DynamicQuantizeMatMul)', [node('DynamicQuantizeMatMul', ['x', 'a'])], []],
] as const)('%s: %j', (expected, nodes, initializers) => {
  expect(precisionOf({ nodes, initializers })).toBe(expected);
});
