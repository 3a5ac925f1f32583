import { expect, test } from 'vitest';
import { withAllPositions } from '#toedit/src/onnx/all-positions';
import { makeInt64Tensor, makeNode, makeValue } from '#toedit/src/onnx/make-onnx';
import { readOnnxModel, writeOnnxModel } from '#toedit/src/onnx/onnx-file';
import type { OnnxModel } from '#toedit/src/onnx/onnx-model';

/** `Gather` along an axis, by an index, before the projection; behind an `Unsqueeze` where the index is a scalar. */
function pruned(index: number | readonly number[], axis: number): OnnxModel {
  const [kept, head] = typeof index === 'number' ? ['kept', 'one'] : ['kept', 'kept'];
  const unsqueeze = makeNode('Unsqueeze', { inputs: ['kept', 'axes'], outputs: ['one'] });
  const nodes = [
    makeNode('Gather', { inputs: ['embedding', 'input_ids'], outputs: ['hidden'] }),
    makeNode('Gather', { inputs: ['hidden', 'index'], outputs: [kept] }, { axis }),
    ...(head === 'one' ? [unsqueeze] : []),
    makeNode('MatMul', { inputs: [head, 'weights'], outputs: ['logits'] }),
  ];
  return readOnnxModel(
    writeOnnxModel(
      { otherFields: [], opsets: new Map([['', 18]]) },
      {
        nodes,
        initializers: [
          makeInt64Tensor('index', index),
          ...['embedding', 'weights', 'axes'].map((name) => makeInt64Tensor(name, 1)),
        ],
        inputs: [makeValue('input_ids', 7, ['batch', 'tokens'])],
        outputs: [makeValue('logits', 1)],
      },
    ),
  );
}

const headInput = (model: OnnxModel): string | undefined =>
  withAllPositions(model, 'logits').nodes.find(({ opType }) => opType === 'MatMul')?.inputs[0];

test.each<[number | readonly number[], number, string]>([
  [-1, 1, 'hidden'],
  [[-1], 1, 'hidden'],
  [-2, 1, 'one'],
  [0, 1, 'one'],
  [-1, 2, 'one'],
  [[-1, -2], 1, 'kept'],
])('index %j of axis %d: the head reads %s', (index, axis, expected) => {
  expect(headInput(pruned(index, axis))).toBe(expected);
});
