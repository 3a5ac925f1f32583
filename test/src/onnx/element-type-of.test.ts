import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { elementTypeOf } from '#toedit/src/onnx/element-types';
import { readOnnxModel } from '#toedit/src/onnx/onnx-file';
import { elementTypes } from '#toedit/src/onnx/onnx-model';
import { fixtureModel } from '../../fixture-models.ts';

test.each([
  ['half-hidden', 'hidden', elementTypes.float],
  ['half-hidden', 'hidden16', elementTypes.float16],
  ['half-hidden', 'logits16', elementTypes.float16],
  ['half-hidden', 'input_ids', elementTypes.int64],
  ['half-hidden', 'W16', elementTypes.float16],
  ['omitted-names', 'hidden', elementTypes.float],
  ['subgraph', 'hidden', 0],
  ['plain', 'nowhere', 0],
])('%s: %s', (fixture, value, expected) => {
  expect(elementTypeOf(readOnnxModel(readFileSync(fixtureModel(fixture))), value)).toBe(expected);
});
