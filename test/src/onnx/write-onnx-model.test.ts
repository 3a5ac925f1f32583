import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { readOnnxModel } from '#toedit/src/onnx/onnx-file';
import { fixtureModel, fixtureValues } from '../../fixture-models.ts';
import { onnxFileOf } from '../../onnx-file-of.ts';
import { root } from '../../sandbox.ts';

/** The file, read and written again with all of its parts. */
const rewritten = (file: Uint8Array): Uint8Array => onnxFileOf(readOnnxModel(file));

async function logitsOf(model: Uint8Array, heads: number): Promise<Tensor | undefined> {
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1 });
  const ids = BigInt64Array.from(fixtureValues.tokenIds, BigInt);
  const shape = [1, ids.length];
  const feeds: Record<string, Tensor> = {};
  for (const name of session.inputNames) {
    if (name === 'input_ids') feeds[name] = new Tensor('int64', ids, shape);
    else if (name === 'attention_mask')
      feeds[name] = new Tensor(
        'int64',
        ids.map(() => 1n),
        shape,
      );
    else if (name === 'position_ids')
      feeds[name] = new Tensor(
        'int64',
        ids.map((_, i) => BigInt(i)),
        shape,
      );
    else feeds[name] = new Tensor('float32', new Float32Array(0), [1, heads, 0, 64]);
  }
  const { logits } = await session.run(feeds, ['logits']);
  await session.release();
  return logits;
}

test.each([
  ['the embedded prior', `${root}models/tiny/onnx/model.onnx`],
  ['a fixture', fixtureModel('mixed')],
])('%s, written again, gives the same logits', async (_, path) => {
  const file = readFileSync(path);
  const written = rewritten(file);
  const [before, after] = [await logitsOf(file, 2), await logitsOf(written, 2)];
  expect(after?.dims).toEqual(before?.dims);
  expect(after?.data).toEqual(before?.data);
});

test('all parts come back as they were', () => {
  const file = Uint8Array.from(readFileSync(fixtureModel('subgraph')));
  expect(readOnnxModel(rewritten(file))).toEqual(readOnnxModel(file));
});

test('reads what stands in the file', () => {
  const model = readOnnxModel(readFileSync(fixtureModel('subgraph')));
  expect(model.opsets).toEqual(
    new Map([
      ['', 18],
      ['com.microsoft', 1],
    ]),
  );
  expect(
    model.inputs.map(({ name, elementType, shape }) => ({ name, elementType, shape })),
  ).toEqual([
    { name: 'input_ids', elementType: 7, shape: ['batch', 'tokens'] },
    { name: 'attention_mask', elementType: 7, shape: ['batch', 'tokens'] },
  ]);
  expect(model.initializers.map(({ name, elementType }) => [name, elementType])).toEqual([
    ['E', 1],
    ['W', 1],
    ['one', 7],
    ['factor', 1],
  ]);
  expect(model.nodes.find(({ opType }) => opType === 'If')?.captured).toContain('scaled');
  expect(model.nodes.find(({ opType }) => opType === 'Cast')?.castTo).toBe(1);
});

test('reads where external data lie', () => {
  const { initializers } = readOnnxModel(readFileSync(fixtureModel('external')));
  expect(initializers.map(({ name, externalLocation }) => [name, externalLocation])).toEqual([
    ['E', 'external.onnx_data'],
    ['W', 'external.onnx_data'],
    ['one', null],
    ['factor', null],
  ]);
});
