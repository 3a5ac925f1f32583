import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeInt64Tensor, makeTensor } from '#toedit/src/onnx/make-onnx';
import { readMetadata } from '#toedit/src/onnx/onnx-fields';
import { readOnnxModel } from '#toedit/src/onnx/onnx-file';
import { elementTypes, type OnnxModel } from '#toedit/src/onnx/onnx-model';
import { readTensorBytes, type TensorLayout, tensorLayout } from '#toedit/src/onnx/tensors';
import { findLayers } from '#toedit/src/quantisation/find-layers';
import type { Layer } from '#toedit/src/quantisation/layer';
import { quantiseColumns, rewriteLayers } from '#toedit/src/quantisation/rewrite-layers';
import type { SourceModel } from '#toedit/src/quantisation/source-model';
import { readSourceModel } from '#toedit/src/quantisation/source-model';
import { writeGraph, writeQuantised } from '#toedit/src/quantisation/write-quantised';
import { root } from '../../sandbox.ts';
import { handmadeSource, operation, waves } from './handmade-source.ts';

let directory = '';
let source: SourceModel;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'toedit-write-graph-'));
  source = await readSourceModel(join(root, 'models/tiny'), {});
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

interface Written {
  readonly directory: string;
  readonly path: string;
  readonly model: OnnxModel;
  readonly tensors: ReadonlyMap<string, TensorLayout>;
}

/** A model quantised without smoothing, read again. */
async function write(
  name: string,
  from: SourceModel,
  float32: ReadonlySet<Layer> = new Set(),
): Promise<Written> {
  const own = join(directory, name);
  mkdirSync(own);
  const path = join(own, 'model.onnx');
  await writeQuantised(path, from, { smoothing: new Map(), float32 }, { 'toedit.source': name });
  const model = readOnnxModel(readFileSync(path));
  const layouts = model.initializers.map(({ bytes }) => tensorLayout(bytes));
  const tensors = new Map(layouts.map((layout) => [layout.name, layout]));
  return { directory: own, path, model, tensors };
}

/** Bytes of a value, by TensorProto.DataType. */
const valueBytes: Readonly<Record<number, number>> = {
  [elementTypes.float]: 4,
  [elementTypes.float16]: 2,
  [elementTypes.int8]: 1,
};

describe('the embedded prior in int8', () => {
  let written: Written;
  beforeAll(async () => {
    written = await write('int8', source);
  });

  test('keeps inputs, outputs and header, and says what it was made from', () => {
    const { model } = written;
    expect(model.inputs).toEqual(source.model.inputs);
    expect(model.outputs).toEqual(source.model.outputs);
    expect(model.otherFields.slice(0, -1)).toEqual(source.model.otherFields);
    expect(readMetadata(model)).toEqual(new Map([['toedit.source', 'int8']]));
    expect([...model.opsets]).toEqual([...source.model.opsets, ['com.microsoft', 1]]);
  });

  test('quantises each input once, and all products but the head and those of two values', () => {
    const count = (type: string) =>
      written.model.nodes.filter(({ opType }) => opType === type).length;
    expect(count('QuantizeLinear')).toBe(16);
    expect(count('MatMulIntegerToFloat')).toBe(28);
    expect(count('MatMul')).toBe(10);
  });

  test('has its tensors one behind the other at the beginnings of pages', () => {
    let end = 0;
    for (const { elementType, shape, values } of written.tensors.values()) {
      if (values.kind !== 'external') continue;
      expect(values.location).toBe('model.onnx_data');
      expect(values.offset).toBe(Math.ceil(end / 4096) * 4096);
      const size = shape.reduce((product, dimension) => product * dimension, 1);
      expect(values.length).toBe(size * (valueBytes[elementType] ?? NaN));
      end = values.offset + (values.length ?? 0);
    }
    expect(statSync(`${written.path}_data`).size).toBe(end);
    expect(statSync(written.path).size).toBeLessThan(400_000);
  });

  test('has codes and scales of each layer, and no float weights of it', async () => {
    const bytes = (name: string) => {
      const layout = written.tensors.get(name);
      if (layout === undefined) throw new Error(`there is no ${name}`);
      return readTensorBytes(layout, written.directory);
    };
    for (const { projections } of source.layers) {
      for (const { node, weights, outputs } of projections) {
        const { codes, scales } = quantiseColumns(await weights.read(source.directory), outputs);
        const [output = '', kept = ''] = [node.outputs[0], node.inputs[1]];
        expect(Buffer.from(codes.buffer).equals(await bytes(`${output}/int8/weights`))).toBe(true);
        expect(Buffer.from(scales.buffer).equals(await bytes(`${output}/int8/scales`))).toBe(true);
        expect(written.tensors.has(`${kept}_fp16`)).toBe(false);
      }
    }
  });

  test('keeps the embedding, the head and the norms to the bit', async () => {
    const names = source.model.initializers.map(({ name }) => name);
    const kept = names.filter((name) => written.tensors.has(name));
    expect(kept).toHaveLength(names.length - 28);
    for (const { name, bytes } of source.model.initializers) {
      const layout = written.tensors.get(name);
      if (layout === undefined) continue;
      const before = await readTensorBytes(tensorLayout(bytes), source.directory);
      const now = await readTensorBytes(layout, written.directory);
      expect(Buffer.from(now).equals(before)).toBe(true);
    }
  });

  test('is the same to the byte when it is written again', async () => {
    const again = await write('again', source);
    const files = [again, written].map(({ path }) => readFileSync(`${path}_data`));
    expect(files[0]?.equals(files[1] ?? Buffer.alloc(0))).toBe(true);
    expect(again.model.nodes).toEqual(written.model.nodes);
    expect(again.model.initializers).toEqual(written.model.initializers);
  });

  test('is the same from external data as from data in the graph', async () => {
    const float = await write('float', source, new Set(source.layers));
    const { model, path } = float;
    expect([...float.tensors.values()].some(({ values }) => values.kind === 'external')).toBe(true);
    expect(model.nodes.map(({ bytes }) => bytes)).toEqual(
      source.model.nodes.map(({ bytes }) => bytes),
    );
    const moved = { ...source, directory: float.directory, path, model };
    const again = await write('moved', { ...moved, ...findLayers(model, path) });
    expect(again.model.nodes).toEqual(written.model.nodes);
    const data = [again, written].map((each) => readFileSync(`${each.path}_data`));
    expect(data[0]?.equals(data[1] ?? Buffer.alloc(0))).toBe(true);
  });
});

test('one tensor is made when the one before it is written', async () => {
  const own = join(directory, 'sequence');
  mkdirSync(own);
  const path = join(own, 'model.onnx');
  const rewriting = { layers: source.layers, smoothing: new Map(), styleOf: () => 'int8' as const };
  const graph = rewriteLayers(source.model, rewriting);
  let [made, alive] = [0, 0];
  const tensors = graph.tensors.map(({ names, make }) => ({
    names,
    make: async (from: string) => {
      expect([alive++, statSync(`${path}_data`).size >= made]).toEqual([0, true]);
      const group = await make(from);
      made += group.reduce((sum, { bytes }) => sum + bytes.length, 0);
      alive--;
      return group;
    },
  }));
  const { model } = source;
  const outputs = new Map(model.outputs.map(({ name, bytes }) => [name, bytes]));
  const parts = { model, directory: source.directory, inputs: [], metadata: [], outputs };
  await writeGraph(path, { ...parts, graph: { ...graph, tensors } });
  expect(made).toBeGreaterThan(2_900_000);
});

test('tensors stay in the graph that are small or a list of numbers, and others are left out', async () => {
  const width = 8;
  const table = [[...waves(width, 1)]];
  const numbers = makeInt64Tensor(
    'numbers',
    Array.from({ length: 2000 }, (_, i) => i),
  );
  const handmade = handmadeSource(directory, {
    ...{ table, hidden: width, outputs: ['listed'] },
    nodes: [
      operation('Cast', ['numbers'], 'listed', { to: elementTypes.float }),
      operation('MatMul', ['rows', 'w'], 'hidden'),
    ],
    constants: [
      numbers,
      makeTensor('w', [width, width], waves(width * width, 2)),
      makeTensor('unused', [512], new Float32Array(512)),
    ],
  });
  const { model, tensors } = await write('lists', handmade);
  const kept = model.initializers.find(({ name }) => name === 'numbers')?.bytes;
  expect(kept && Uint8Array.from(kept)).toEqual(numbers);
  expect(tensors.get('table')?.values.kind).toBe('raw');
  expect(tensors.has('w')).toBe(false);
  expect(tensors.has('unused')).toBe(false);
});
