import { expect, test } from 'vitest';
import { mixesRows, withWideFunctions } from '#toedit/src/onnx/exact-rows';
import { makeNode, makeValue } from '#toedit/src/onnx/make-onnx';
import { readOnnxModel, writeOnnxModel } from '#toedit/src/onnx/onnx-file';
import { elementTypes, type OnnxModel } from '#toedit/src/onnx/onnx-model';

function modelOf(opType: string, elementType: number): OnnxModel {
  return readOnnxModel(
    writeOnnxModel(
      { otherFields: [], opsets: new Map([['', 18]]) },
      {
        nodes: [makeNode(opType, { inputs: ['x'], outputs: ['logits'] }, { axis: -1 })],
        initializers: [],
        inputs: [makeValue('x', elementType, ['batch', 'tokens'])],
        outputs: [makeValue('logits', elementType)],
      },
    ),
  );
}

test.each(['Softmax', 'LogSoftmax', 'Softplus'])('%s of float16 is computed in float32', (name) => {
  const { nodes } = withWideFunctions(modelOf(name, elementTypes.float16));
  expect(nodes.map(({ opType }) => opType)).toEqual(['Cast', name, 'Cast']);
  expect(nodes.map(({ castTo }) => castTo)).toEqual([elementTypes.float, 0, elementTypes.float16]);
  const [wide, inner] = [nodes[0]?.outputs, nodes[1]?.outputs];
  expect([nodes[0]?.inputs, nodes[1]?.inputs, nodes[2]?.inputs]).toEqual([['x'], wide, inner]);
  expect(nodes[2]?.outputs).toEqual(['logits']);
});

test.each([
  ['Softmax', elementTypes.float],
  ['Sigmoid', elementTypes.float16],
])('%s of element type %d stays as it is', (name, elementType) => {
  const model = modelOf(name, elementType);
  expect(withWideFunctions(model).nodes).toEqual(model.nodes);
});

test.each([
  ['DynamicQuantizeLinear', true],
  ['DynamicQuantizeMatMul', true],
  ['QuantizeLinear', false],
  ['MatMulNBits', false],
])('whether %s mixes rows: %s', (name, expected) => {
  expect(mixesRows(modelOf(name, elementTypes.float))).toBe(expected);
});
