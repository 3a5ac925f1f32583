import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { describe, expect, test } from 'vitest';
import { makeNode, makeTensor } from '#toedit/src/onnx/make-onnx';
import { readOnnxModel } from '#toedit/src/onnx/onnx-file';
import { elementTypes } from '#toedit/src/onnx/onnx-model';
import { findLayers, type QuantisableModel } from '#toedit/src/quantisation/find-layers';
import type { Layer } from '#toedit/src/quantisation/layer';
import { readSourceModel } from '#toedit/src/quantisation/source-model';
import { fixtureModel } from '../../fixture-models.ts';
import { root } from '../../sandbox.ts';
import { hasSmolLm2, smolLm2Directory } from '../../smollm2.ts';
import { type HandmadeGraph, handmadeFile, matrix, operation, waves } from './handmade-source.ts';

const width = 4;
const file = '/models/m/onnx/model.onnx';
const usual = { table: [[1, 2, 3, 4]], hidden: width };
const constants = [
  makeTensor('weight', [width], waves(width, 1)),
  makeTensor('one', [1], Float32Array.of(2)),
  matrix('w', [width, width], 2),
  matrix('v', [width, width], 3),
  matrix('narrow', [width, 1], 4),
];

function find(nodes: readonly Uint8Array[], more: Partial<HandmadeGraph> = {}): QuantisableModel {
  const graph = { ...usual, nodes, constants, ...more };
  return findLayers(readOnnxModel(handmadeFile(graph)), file);
}

/** What the layer folds into that reads a value. */
function foldOf({ layers }: QuantisableModel, input: string): string | null {
  const found = layers.find((layer) => layer.input === input);
  if (found === undefined) throw new Error(`no layer reads ${input}`);
  return found.fold?.kind ?? null;
}

const norm = operation('SimplifiedLayerNormalization', ['rows', 'weight'], 'normed');
const last = operation('MatMul', ['normed', 'w'], 'hidden');
const projected = [
  operation('MatMul', ['rows', 'w'], 'up'),
  operation('Sigmoid', ['rows'], 'gate'),
  operation('Mul', ['gate', 'up'], 'inner'),
  operation('MatMul', ['inner', 'v'], 'hidden'),
];

describe('smoothing is folded', () => {
  test('into a norm, and nothing else of the head or the embedding is a layer', () => {
    const found = find([norm, last]);
    expect(found.layers.map(({ input }) => input)).toEqual(['normed']);
    expect(found.hidden).toBe('hidden');
    expect(foldOf(found, 'normed')).toBe('norm');
  });

  test('into the projection before a product', () => {
    const found = find(projected);
    expect(foldOf(found, 'inner')).toBe('projection');
    expect(foldOf(found, 'rows')).toBeNull();
  });

  test('also where the shape of the value is read', () => {
    const size = operation('Shape', ['normed'], 'size');
    const same = operation('Reshape', ['after', 'size'], 'hidden');
    const after = operation('MatMul', ['normed', 'w'], 'after');
    expect(foldOf(find([norm, size, after, same]), 'normed')).toBe('norm');
  });
});

const add = operation('Add', ['after', 'normed'], 'hidden');
const after = operation('MatMul', ['normed', 'w'], 'after');

/** An If that reads the normed value in a branch alone, and gives `x`. */
const branching = new BinaryWriter()
  .raw(makeNode('If', { inputs: ['flag'], outputs: ['x'] }))
  .tag(5, WireType.LengthDelimited)
  .fork()
  .tag(1, WireType.LengthDelimited)
  .string('then_branch')
  .tag(6, WireType.LengthDelimited)
  .fork()
  .tag(1, WireType.LengthDelimited)
  .bytes(operation('Identity', ['normed'], 'y'))
  .join()
  .join()
  .finish();

describe('smoothing is not folded', () => {
  test.each<[string, string, readonly Uint8Array[], Partial<HandmadeGraph>?]>([
    ['another node reads the normed value', 'normed', [norm, after, add]],
    [
      'a subgraph reads the normed value',
      'normed',
      [norm, branching, after, operation('Add', ['after', 'x'], 'hidden')],
    ],
    ['the normed value is an output', 'normed', [norm, last], { outputs: ['normed'] }],
    [
      'a product with a vector reads the normed value',
      'normed',
      [
        norm,
        after,
        operation('MatMul', ['normed', 'weight'], 'x'),
        operation('Mul', ['x', 'after'], 'hidden'),
      ],
    ],
    [
      'the normed value is a product by one number',
      'normed',
      [operation('Mul', ['rows', 'one'], 'normed'), last],
    ],
    [
      'a norm has weights that are computed',
      'normed',
      [
        operation('Tanh', ['rows'], 'x'),
        operation('SimplifiedLayerNormalization', ['rows', 'x'], 'normed'),
        last,
      ],
    ],
    ['it is the embedding', 'rows', [operation('MatMul', ['rows', 'w'], 'hidden')]],
    [
      'a projection has a bias',
      'inner',
      [operation('Gemm', ['rows', 'w', 'weight'], 'up'), ...projected.slice(1)],
    ],
    [
      'another node reads the projection',
      'inner',
      [
        ...projected.slice(0, 3),
        operation('MatMul', ['inner', 'v'], 'x'),
        operation('Add', ['x', 'up'], 'hidden'),
      ],
    ],
    ['the projection is an output', 'inner', projected, { outputs: ['up'] }],
    ['the product is an output', 'inner', projected, { outputs: ['inner'] }],
    [
      'the product is a square',
      'inner',
      [projected[0] ?? norm, operation('Mul', ['up', 'up'], 'inner'), projected[3] ?? norm],
    ],
    [
      'the projection has one output for all',
      'inner',
      [operation('MatMul', ['rows', 'narrow'], 'up'), ...projected.slice(1)],
    ],
  ])('where %s', (_, input, nodes, more) => {
    expect(foldOf(find(nodes, more), input)).toBeNull();
  });
});

test('a Gemm that does more than multiply and add is left as it is', () => {
  const turned = operation('Gemm', ['rows', 'w'], 'x', { transA: 1 });
  const found = find([turned, operation('MatMul', ['x', 'v'], 'hidden')]);
  expect(found.layers.map(({ input }) => input)).toEqual(['x']);
});

describe('a graph that cannot be quantised is refused: file, node and remedy are named', () => {
  const refusal = (nodes: readonly Uint8Array[], more?: Partial<HandmadeGraph>) =>
    refusalOf(handmadeFile({ ...usual, nodes, constants, ...more }));

  function refusalOf(bytes: Uint8Array): unknown {
    try {
      return findLayers(readOnnxModel(bytes), file);
    } catch (error) {
      const { code, message, place } = error as {
        code: string;
        message: string;
        place: unknown;
      };
      expect([code, place]).toEqual(['MODEL_INVALID', { file }]);
      expect(message).toContain(`${file} cannot be quantised: `);
      return message;
    }
  }

  test('weights that a node makes', () => {
    const made = operation('Tanh', ['w'], 'made');
    expect(refusal([made, operation('MatMul', ['rows', 'made'], 'hidden')])).toContain(
      'node toedit/MatMul/hidden (MatMul): its weights made are no float constant, but made by toedit/Tanh/made (Tanh). ' +
        'Export the model with constants folded.',
    );
  });

  test('weights that are no floats', () => {
    const bytes = makeTensor('codes', [width, width], new Int8Array(width * width));
    const nodes = [operation('MatMul', ['rows', 'codes'], 'hidden')];
    expect(refusal(nodes, { constants: [bytes] })).toContain(
      'node toedit/MatMul/hidden (MatMul): its weights codes are no float constant. ',
    );
  });

  test.each(['half', 'turned'])('a float16 graph, weights %s', (weights) => {
    const half = new BinaryWriter()
      .raw(Uint8Array.of(8, width, 8, width, 16, elementTypes.float16, 66, 4))
      .raw(new TextEncoder().encode('half'))
      .raw(Uint8Array.of(74, 2 * width * width, ...new Uint8Array(2 * width * width)))
      .finish();
    const nodes = [
      operation('Cast', ['rows'], 'narrow', { to: elementTypes.float16 }),
      operation('Transpose', ['half'], 'turned'),
      operation('MatMul', ['narrow', weights], 'product'),
      operation('Cast', ['product'], 'hidden', { to: elementTypes.float }),
    ];
    expect(refusal(nodes, { constants: [half] })).toContain(
      'node toedit/MatMul/product (MatMul): it computes in float16. Give the float32 file, such as onnx/model.onnx.',
    );
  });

  test.each([
    'MatMulNBits',
    'MatMulBnb4',
    'MatMulInteger',
    'MatMulIntegerToFloat',
    'DynamicQuantizeLinear',
    'DynamicQuantizeMatMul',
    'DequantizeLinear',
    'QLinearMatMul',
  ])('one that is quantised already, by %s', (opType) => {
    const names = { inputs: ['rows', 'w'], outputs: ['hidden'], domain: 'com.microsoft' };
    expect(refusal([makeNode(opType, names)])).toContain(
      `node toedit/${opType}/hidden (${opType}): it is quantised already. Give the float32 file, such as onnx/model.onnx.`,
    );
  });

  test('one without products', () => {
    expect(refusalOf(readFileSync(fixtureModel('plain')))).toContain(
      'no MatMul or Gemm has constant weights. Export the model for text generation in float32.',
    );
  });

  test.each([
    ['no-logits', 'the head cannot be found: value logits is produced by no node. '],
    ['mixed', 'the head cannot be found: it mixes '],
  ])('one without a head: %s', (name, reason) => {
    expect(refusalOf(readFileSync(fixtureModel(name)))).toContain(reason);
  });
});

/** Layers by what they fold into, and projections. */
function countsOf(layers: readonly Layer[]) {
  const folds = (kind: string | undefined) =>
    layers.filter(({ fold }) => fold?.kind === kind).length;
  const projections = layers.flatMap((layer) => layer.projections);
  return {
    layers: layers.length,
    projections: projections.length,
    folds: { norm: folds('norm'), projection: folds('projection'), none: folds(undefined) },
  };
}

test('the embedded prior has four layers a block: qkv, o, gate and up, down', async () => {
  const { layers } = await readSourceModel(join(root, 'models/tiny'), {});
  expect(countsOf(layers)).toEqual({
    ...{ layers: 16, projections: 28 },
    folds: { norm: 8, projection: 4, none: 4 },
  });
  expect(layers.slice(0, 4).map(({ projections }) => projections.length)).toEqual([3, 1, 2, 1]);
});

describe.skipIf(!hasSmolLm2)('SmolLM2-135M', () => {
  test.each([
    ['onnx/model.onnx', 210],
    ['onnx/model_gqa.onnx', 150],
  ])('%s', { timeout: 300_000 }, async (modelFile, projections) => {
    const source = await readSourceModel(await smolLm2Directory(), { modelFile });
    expect(countsOf(source.layers)).toEqual({
      ...{ layers: 120, projections },
      folds: { norm: 60, projection: 30, none: 30 },
    });
    const heads = source.layers.filter(({ input }) => input === source.hidden);
    const vocabulary = source.layers
      .flatMap((layer) => layer.projections)
      .filter(({ inputs, outputs }) => Math.max(inputs, outputs) === 49_152);
    expect([heads, vocabulary]).toEqual([[], []]);
  });
});
