import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeMetadata, readMetadata } from '#toedit/src/onnx/onnx-fields';
import { readOnnxModel } from '#toedit/src/onnx/onnx-file';
import { fixtureModel } from '../../fixture-models.ts';
import { onnxFileOf } from '../../onnx-file-of.ts';

const model = readOnnxModel(readFileSync(fixtureModel('plain')));

test('what is written into a file is read from it', () => {
  const entries = fc.dictionary(fc.string(), fc.string({ unit: 'grapheme' }));
  fc.assert(
    fc.property(entries, (expected) => {
      const otherFields = [...model.otherFields, ...makeMetadata(expected)];
      const read = readOnnxModel(onnxFileOf({ ...model, otherFields }));
      expect(readMetadata(read)).toEqual(new Map(Object.entries(expected)));
      expect(read.nodes).toHaveLength(model.nodes.length);
    }),
  );
});

test('a file without any has none', () => {
  expect(readMetadata(model)).toEqual(new Map());
});
