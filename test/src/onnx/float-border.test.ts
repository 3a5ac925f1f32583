import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { InferenceSession, type Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import type { MicroBatch } from '#toedit/src/inference/micro-batch';
import { openBody } from '#toedit/src/inference/worker/open-body';
import { withFloatBorder } from '#toedit/src/onnx/float-border';
import { makeInt64Tensor, makeNode, makeTensor, makeValue } from '#toedit/src/onnx/make-onnx';
import { readOnnxModel, writeOnnxModel } from '#toedit/src/onnx/onnx-file';
import { elementTypes } from '#toedit/src/onnx/onnx-model';
import { type SplitModel, splitModel } from '#toedit/src/onnx/split-model';
import { fixtureModel } from '../../fixture-models.ts';

const { float, float16, int64 } = elementTypes;
const [vocabulary, width] = [32, 8];

/**
 * A model in float16 whose state and hidden state are float16, too: what each token adds is summed up over all tokens so far.
 */
function halfModel(): Uint8Array {
  const node = (opType: string, inputs: string[], output: string, attributes = {}): Uint8Array =>
    makeNode(opType, { inputs, outputs: [output] }, attributes);
  const values = (from: number) => Float32Array.from({ length: 256 }, (_, i) => Math.sin(from + i));
  const nodes = [
    node('Cast', ['E'], 'E16', { to: float16 }),
    node('Cast', ['W'], 'W16', { to: float16 }),
    node('Gather', ['E16', 'input_ids'], 'embedded'),
    node('Unsqueeze', ['embedded', 'one'], 'new'),
    node('Concat', ['past_key_values.0.key', 'new'], 'present.0.key', { axis: 2 }),
    node('Cast', ['present.0.key'], 'wide', { to: float }),
    node('CumSum', ['wide', 'axis'], 'summed'),
    node('Shape', ['input_ids'], 'shape'),
    node('Slice', ['shape', 'one', 'two'], 'tokens'),
    node('Neg', ['tokens'], 'from'),
    node('Slice', ['summed', 'from', 'end', 'two'], 'rest'),
    node('Squeeze', ['rest', 'one'], 'rows'),
    node('Cast', ['rows'], 'rows16', { to: float16 }),
    node('Tanh', ['rows16'], 'hidden'),
    node('MatMul', ['hidden', 'W16'], 'logits'),
  ];
  const initializers = [
    makeTensor('E', [vocabulary, width], values(0)),
    makeTensor('W', [width, vocabulary], values(500)),
    makeInt64Tensor('one', [1]),
    makeInt64Tensor('two', [2]),
    makeInt64Tensor('axis', 2),
    makeInt64Tensor('end', [2 ** 31]),
  ];
  const states = ['batch', 1, 'past', width];
  return writeOnnxModel(
    { otherFields: [Uint8Array.of(8, 8)], opsets: new Map([['', 18]]) },
    {
      ...{ nodes, initializers },
      inputs: [
        makeValue('input_ids', int64, ['batch', 'tokens']),
        makeValue('past_key_values.0.key', float16, states),
      ],
      outputs: [
        makeValue('logits', float16, ['batch', 'tokens', vocabulary]),
        makeValue('present.0.key', float16, states),
      ],
    },
  );
}

function splitHalf(): Extract<SplitModel, { kind: 'split' }> {
  const split = splitModel(readOnnxModel(halfModel()), 'half.onnx');
  if (split.kind !== 'split') throw new Error(split.reason);
  return split;
}

describe('no float16 enters or leaves the graphs', () => {
  test.each(['half-hidden', 'half-logits', 'half-weights', 'half-mixed', 'all-inputs'])(
    'made of %s',
    async (name) => {
      const path = fixtureModel(name);
      const split = splitModel(readOnnxModel(readFileSync(path)), path);
      expect(split.inputs.map(({ elementType }) => elementType)).not.toContain(float16);
      const graphs = [split.body, ...(split.kind === 'split' ? [split.head] : [])];
      for (const graph of graphs) expect(await typesOf(graph)).not.toContain('float16');
    },
  );

  test('made of a model with a state', async () => {
    const { body, head, inputs, pasts, hidden } = splitHalf();
    expect(await typesOf(body)).toEqual(['int64', 'float32', 'float32', 'float32']);
    expect(await typesOf(head)).not.toContain('float16');
    expect(hidden).toBe('hidden/float32');
    expect(inputs.map(({ name }) => name)).toEqual(['input_ids', 'past_key_values.0.key/float32']);
    expect(pasts).toEqual([
      { past: 'past_key_values.0.key/float32', present: 'present.0.key/float32' },
    ]);
  });

  test('a model without any stays as it is', () => {
    const model = readOnnxModel(readFileSync(fixtureModel('plain')));
    expect(withFloatBorder(model)).toBe(model);
  });
});

/** The element types of what a graph takes and gives. */
async function typesOf(graph: Uint8Array): Promise<readonly string[]> {
  const session = await InferenceSession.create(graph, { logSeverityLevel: 4 });
  const values = [...session.inputMetadata, ...session.outputMetadata];
  await session.release();
  return values.map((value) => (value.isTensor ? value.type : 'no tensor'));
}

test('a state that leaves as float32 and comes back is the same to the bit', async () => {
  const { body, hidden, inputs, pasts } = splitHalf();
  const session = await InferenceSession.create(body, { logSeverityLevel: 4 });
  const types = new Set<string>();
  let passes = 0;
  const watched = {
    run: async (feeds: Record<string, Tensor>, fetches: string[]) => {
      passes++;
      const outputs = await session.run(feeds, fetches);
      for (const { type } of [...Object.values(feeds), ...Object.values(outputs)]) types.add(type);
      return outputs;
    },
  } as unknown as InferenceSession;
  const options = { device: 'cpu', hidden, inputs, headSize: width } as const;
  const whole = openBody(watched, { ...options, pasts: [] });
  const inPieces = openBody(watched, { ...options, pasts });
  const batches = fc.record({ size: fc.nat(2), more: fc.integer({ min: 16, max: 400 }) });
  await fc.assert(
    fc.asyncProperty(batches, async ({ size, more }) => {
      const batch = batchOf(size + 1, 512 + more);
      const expected = await whole.hidden(batch);
      passes = 0;
      const state = await inPieces.hidden(batch);
      expect(passes).toBeGreaterThan(1);
      expect(state.data).toEqual(expected.data);
    }),
    { numRuns: 10 },
  );
  expect([...types].sort()).toEqual(['float32', 'int64']);
  await session.release();
});

function batchOf(size: number, tokens: number): MicroBatch {
  const tokenIds = Int32Array.from({ length: size * tokens }, (_, i) => (7 * i + 3) % vocabulary);
  const spans = Int32Array.from({ length: 2 * size }, (_, i) => (i % 2 === 0 ? 1 : tokens));
  return { ...{ size, width: tokens, tokenIds, spans }, logThreshold: 0, topK: 1 };
}
