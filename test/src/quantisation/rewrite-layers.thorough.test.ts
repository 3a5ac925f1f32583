import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeTensor } from '#toedit/src/onnx/make-onnx';
import { calibrate } from '#toedit/src/quantisation/calibrate';
import type { Layer, Projection } from '#toedit/src/quantisation/layer';
import type { LayerStyle } from '#toedit/src/quantisation/rewrite-layers';
import { smooth } from '#toedit/src/quantisation/smooth';
import type { SourceModel } from '#toedit/src/quantisation/source-model';
import { readSourceModel } from '#toedit/src/quantisation/source-model';
import { tinyGolden } from '../../golden-texts.ts';
import { root } from '../../sandbox.ts';
import { handmadeSource, matrix, operation, waves } from './handmade-source.ts';
import { type SimulatedProduct, simulateInt8 } from './simulate-int8.ts';
import { look, temporaryWorkplace } from './temporary-workplace.ts';

const workplace = temporaryWorkplace();
afterAll(() => {
  workplace[Symbol.dispose]();
});

const float32 = (): LayerStyle => 'float32';
const int8 = (): LayerStyle => 'int8';

/** A matrix kept row by row, as lists of its rows. */
function rowsOf(values: Float32Array, columns: number): number[][] {
  return Array.from({ length: values.length / columns }, (_, row) =>
    Array.from(values.subarray(row * columns, (row + 1) * columns)),
  );
}

const transposed = (rows: readonly (readonly number[])[]): number[][] =>
  (rows[0] ?? []).map((_, column) => rows.map((row) => row[column] ?? Number.NaN));

/** The indices of values that are off by more than float32's rounding. */
function wrong(
  actual: Float32Array,
  { values, tolerances }: SimulatedProduct,
  bias: (i: number) => number = () => 0,
): number[] {
  expect(actual).toHaveLength(values.length);
  return [...values.keys()].filter((i) => {
    const value = values[i] ?? Number.NaN;
    const expected = value + bias(i);
    const tolerance = (tolerances[i] ?? 0) + Math.abs(expected) * 2 ** -24;
    return !(Math.abs((actual[i] ?? Number.NaN) - expected) <= tolerance);
  });
}

describe('a layer in int8 is its simulation, element by element', () => {
  const width = 6;
  const table = [
    ...rowsOf(waves(4 * width, 3), width),
    new Array<number>(width).fill(0),
    [...waves(width, 5)].map((value) => value * 1e30),
    [...waves(width, 6)].map((value) => value * 1e-30),
    [...waves(width, 7)].map((value) => value * 1e-40),
    [3000, 0.1, -0.1, 12, -11.9, 0],
    [127, 0.5, 1.5, 2.5, -0.5, -1.5],
    [-254, 1, 3, 5, -1, -3],
  ];
  const columns = 5;
  const weights = {
    product: waves(width * columns, 8).map((value, i) => (i % columns === 2 ? 0 : value)),
    biased: waves(width * columns, 9).map((value, i) => value * 10 ** ((i % columns) - 2)),
    turned: waves(width * columns, 10),
    turnedBiased: waves(width * columns, 11),
    bias: waves(columns, 12),
  };
  const tensor = (name: keyof typeof weights, ...shape: number[]) =>
    makeTensor(name, shape, weights[name]);

  test.each([13, 18])('Gemm and MatMul that share an input, operator set %d', async (opset) => {
    const source = handmadeSource(workplace.directory, {
      ...{ table, hidden: columns, opset },
      nodes: [
        operation('MatMul', ['rows', 'product'], 'a'),
        operation('Gemm', ['rows', 'biased', 'bias'], 'b'),
        operation('Gemm', ['rows', 'turned'], 'c', { transB: 1 }),
        operation('Gemm', ['rows', 'turnedBiased', 'bias'], 'd', { transB: 1 }),
        operation('Add', ['a', 'b'], 'ab'),
        operation('Add', ['c', 'd'], 'cd'),
        operation('Add', ['ab', 'cd'], 'hidden'),
      ],
      constants: [
        tensor('product', width, columns),
        tensor('biased', width, columns),
        tensor('turned', columns, width),
        tensor('turnedBiased', columns, width),
        tensor('bias', columns),
      ],
    });
    expect(source.layers.map(({ projections }) => projections.length)).toEqual([4]);
    const tokenIds = Int32Array.from(table.keys());
    const outputs = ['rows', 'a', 'b', 'c', 'd'];
    const values = await look(
      source,
      { outputs, tokenIds, smoothing: new Map(), styleOf: int8 },
      workplace,
    );
    const rows = Float32Array.from(table.flat());
    expect(values('rows')).toEqual(rows);
    const bias = (i: number) => weights.bias[i % columns] ?? Number.NaN;
    expect(wrong(values('a'), simulateInt8(rows, rowsOf(weights.product, columns)))).toEqual([]);
    expect(wrong(values('b'), simulateInt8(rows, rowsOf(weights.biased, columns)), bias)).toEqual(
      [],
    );
    const turned = (name: 'turned' | 'turnedBiased') =>
      simulateInt8(rows, transposed(rowsOf(weights[name], width)));
    expect(wrong(values('c'), turned('turned'))).toEqual([]);
    expect(wrong(values('d'), turned('turnedBiased'), bias)).toEqual([]);
  });
});

const tokens = tinyGolden.find(({ name }) => name === 'prose-long')?.token_ids ?? [];
const tokenIds = Int32Array.from(tokens.slice(0, 8));

describe('the embedded prior', () => {
  let source: SourceModel;
  let maxima: Awaited<ReturnType<typeof calibrate>>;
  beforeAll(async () => {
    source = await readSourceModel(`${root}models/tiny`, {});
    maxima = await calibrate(source, [Int32Array.from(tokens.slice(0, 200))], workplace);
  });

  /** The weights of a projection with smoothing in them, computed here. */
  async function smoothedRows(
    { node, weights, outputs }: Projection,
    { own, next }: { own: Float32Array | undefined; next: Float32Array | undefined },
  ): Promise<number[][]> {
    expect(node.opType).toBe('MatMul');
    const rows = rowsOf(await weights.read(source.directory), outputs);
    return rows.map((row, k) =>
      row.map((value, i) => Math.fround((value * (own?.[k] ?? 1)) / (next?.[i] ?? 1))),
    );
  }

  test.each([null, 0.5])('each layer in int8 is its simulation, alpha %s', async (alpha) => {
    const smoothing = alpha === null ? new Map<Layer, Float32Array>() : smooth(maxima, alpha);
    const pairs = source.layers.flatMap((layer) =>
      layer.projections.map((projection) => ({ layer, projection })),
    );
    expect(pairs).toHaveLength(28);
    const outputOf = ({ node }: Projection) => node.outputs[0] ?? '';
    const outputs = [
      ...source.layers.map(({ input }) => input),
      ...pairs.map(({ projection }) => outputOf(projection)),
    ];
    const values = await look(source, { outputs, tokenIds, smoothing, styleOf: int8 }, workplace);
    const folded = new Map(
      source.layers.flatMap(({ fold }, i) =>
        fold?.kind === 'projection' ? [[fold.projection, source.layers[i]] as const] : [],
      ),
    );
    for (const { layer, projection } of pairs) {
      const behind = folded.get(projection);
      const scales = { own: smoothing.get(layer), next: behind && smoothing.get(behind) };
      const simulated = simulateInt8(values(layer.input), await smoothedRows(projection, scales));
      expect(wrong(values(outputOf(projection)), simulated)).toEqual([]);
    }
  });

  test.each([0.4, 0.55, 0.7])('smoothing by alpha %d alone changes nothing', async (alpha) => {
    const outputs = [source.hidden, ...source.layers.map(({ input }) => input)];
    const asked = { outputs, tokenIds, styleOf: float32 };
    const smoothing = smooth(maxima, alpha);
    const before = await look(source, { ...asked, smoothing: new Map() }, workplace);
    const after = await look(source, { ...asked, smoothing }, workplace);
    expect(distance(after(source.hidden), before(source.hidden))).toBeLessThan(1e-5);
    for (const layer of source.layers) {
      const scales = smoothing.get(layer);
      const scaled = after(layer.input).map(
        (value, i) => value * (scales?.[i % layer.inputs] ?? 1),
      );
      expect(distance(scaled, before(layer.input))).toBeLessThan(1e-5);
    }
    expect(smoothing.size).toBe(12);
  });
});

/** The largest |a - b| by the largest |b|. */
function distance(a: Float32Array, b: Float32Array): number {
  expect(a).toHaveLength(b.length);
  const error = a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] ?? NaN))), 0);
  return error / b.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}

describe('smoothing of a handmade model', () => {
  const width = 8;
  const table = rowsOf(waves(10 * width, 2), width);
  const norms = {
    SimplifiedLayerNormalization: [
      operation('SimplifiedLayerNormalization', ['rows', 'weight'], 'normed'),
    ],
    'LayerNormalization with bias': [
      operation('LayerNormalization', ['rows', 'weight', 'shift'], 'normed'),
    ],
    'a norm of single operations': [
      operation('Tanh', ['rows'], 'small'),
      operation('Mul', ['weight', 'small'], 'normed'),
    ],
  };

  test.each(Object.entries(norms))(
    "%s: changes nothing but the layers' inputs",
    async (_, nodes) => {
      const source = handmadeSource(workplace.directory, {
        ...{ table, hidden: width },
        nodes: [
          ...nodes,
          operation('MatMul', ['normed', 'gate'], 'gated'),
          operation('Gemm', ['normed', 'up'], 'wide', { transB: 1 }),
          operation('Sigmoid', ['gated'], 'opened'),
          operation('Mul', ['opened', 'wide'], 'inner'),
          operation('Gemm', ['inner', 'down', 'shift'], 'lowered'),
          operation('Add', ['lowered', 'rows'], 'hidden'),
        ],
        constants: [
          makeTensor('weight', [width], waves(width, 3)),
          makeTensor('shift', [width], waves(width, 4)),
          matrix('gate', [width, 12], 5),
          matrix('up', [12, width], 6),
          matrix('down', [12, width], 7),
        ],
      });
      expect(source.layers.map(({ fold }) => fold?.kind)).toEqual(['norm', 'projection']);
      const ids = Int32Array.from(table.keys());
      const smoothing = smooth(await calibrate(source, [ids], workplace), 0.6);
      const outputs = ['hidden', 'normed', 'inner'];
      const asked = { outputs, tokenIds: ids, styleOf: float32 };
      const before = await look(source, { ...asked, smoothing: new Map() }, workplace);
      const after = await look(source, { ...asked, smoothing }, workplace);
      expect(distance(after('hidden'), before('hidden'))).toBeLessThan(1e-5);
      for (const layer of source.layers) {
        const scales = smoothing.get(layer);
        const divided = before(layer.input).map((x, i) => x / (scales?.[i % layer.inputs] ?? NaN));
        expect(distance(after(layer.input), divided)).toBeLessThan(1e-5);
        expect(distance(after(layer.input), before(layer.input))).toBeGreaterThan(0.01);
      }
    },
  );
});
