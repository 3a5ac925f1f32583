import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { makeNode, makeValue } from '#toedit/src/onnx/make-onnx';
import { readOnnxModel, writeOnnxModel } from '#toedit/src/onnx/onnx-file';
import { elementTypes, type OnnxModel } from '#toedit/src/onnx/onnx-model';
import { withoutSoftmaxGuards } from '#toedit/src/onnx/split-model';
import { onnxFileOf } from '../../onnx-file-of.ts';
import { root } from '../../sandbox.ts';

/** `[1, 2]` in, `[1, 2]` out: the nodes given, one a line of operator, inputs and output. */
function graph(...lines: readonly string[]): OnnxModel {
  const nodes = lines.map((line) => {
    const [opType = '', inputs = '', output = ''] = line.split(' ');
    return makeNode(opType, { inputs: inputs.split(','), outputs: [output] });
  });
  const value = (name: string) => makeValue(name, elementTypes.float, [1, 2]);
  const header = { otherFields: [Uint8Array.of(8, 8)], opsets: new Map([['', 18]]) };
  const parts = {
    nodes,
    initializers: [],
    inputs: [value('x'), value('c')],
    outputs: [value('y')],
  };
  return readOnnxModel(writeOnnxModel(header, parts));
}

const opTypes = (model: OnnxModel) => model.nodes.map(({ opType }) => opType);

test('a guard behind a softmax goes, and the values keep their names', async () => {
  const model = graph('Softmax x p', 'IsNaN p n', 'Where n,c,p g', 'Neg g y');
  const free = withoutSoftmaxGuards(model);
  expect(opTypes(free)).toEqual(['Softmax', 'IsNaN', 'Identity', 'Neg']);
  const x = new Tensor('float32', Float32Array.of(1, 3), [1, 2]);
  const c = new Tensor('float32', Float32Array.of(9, 9), [1, 2]);
  const results = [];
  for (const each of [model, free]) {
    const session = await InferenceSession.create(onnxFileOf(each), { logSeverityLevel: 4 });
    results.push((await session.run({ x, c }))['y']?.data);
    await session.release();
  }
  expect(results[1]).toEqual(results[0]);
});

describe('stays as it is', () => {
  test.each([
    ['a guard of something else', ['Relu x p', 'IsNaN p n', 'Where n,c,p y']],
    ['a choice between other values', ['Softmax x p', 'IsNaN p n', 'Where n,p,c y']],
    ['another condition', ['Softmax x p', 'IsNaN c n', 'Where n,c,p y']],
    ['another question', ['Softmax x p', 'IsInf p n', 'Where n,c,p y']],
  ])('%s', (_, lines) => {
    const model = graph(...lines);
    expect(withoutSoftmaxGuards(model)).toEqual(model);
  });
});

test('the embedded prior has one guard a layer, and gives the same logits to the bit without', async () => {
  const file = readFileSync(`${root}models/tiny/onnx/model.onnx`);
  const model = readOnnxModel(file);
  const free = withoutSoftmaxGuards(model);
  const guards = opTypes(free).filter((opType) => opType === 'Identity').length;
  expect(guards - opTypes(model).filter((opType) => opType === 'Identity').length).toBe(4);
  const [before, after] = [await logitsOf(file), await logitsOf(onnxFileOf(free))];
  expect(after).toEqual(before);
});

async function logitsOf(file: Uint8Array): Promise<unknown> {
  const session = await InferenceSession.create(file, {
    intraOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  const integers = (values: readonly number[]) =>
    new Tensor('int64', BigInt64Array.from(values, BigInt), [2, 20]);
  const positions = Array.from({ length: 40 }, (_, i) => i);
  const feeds: Record<string, Tensor> = {};
  for (const name of session.inputNames) {
    if (name === 'input_ids') feeds[name] = integers(positions.map((i) => (i * 37) % 4096));
    else if (name === 'attention_mask') feeds[name] = integers(positions.map(() => 1));
    else if (name === 'position_ids') feeds[name] = integers(positions.map((i) => i % 20));
    else feeds[name] = new Tensor('float32', new Float32Array(0), [2, 2, 0, 64]);
  }
  const { logits } = await session.run(feeds, ['logits']);
  await session.release();
  return logits?.data;
}
