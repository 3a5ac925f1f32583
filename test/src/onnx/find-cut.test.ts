import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { describe, expect, test } from 'vitest';
import { type Cut, findCut, type NoCut } from '#toedit/src/onnx/find-cut';
import { makeInt64Tensor, makeNode, makeValue } from '#toedit/src/onnx/make-onnx';
import { readOnnxModel, writeOnnxModel } from '#toedit/src/onnx/onnx-file';
import type { OnnxModel } from '#toedit/src/onnx/onnx-model';
import { sliceGraph } from '#toedit/src/onnx/slice-graph';

/** A graph of `op inputs -> outputs` lines; the lower-case names `w...` are constants, `ids` and `mask` inputs. */
function graph(...lines: readonly string[]): OnnxModel {
  const nodes = lines.map((line) => {
    const [opType = '', inputs = '', outputs = ''] = line.split(/ (?:-> )?/);
    return makeNode(opType, { inputs: inputs.split(','), outputs: outputs.split(',') });
  });
  const constants = new Set(lines.join(' ').match(/\bw\d*\b/g) ?? []);
  const header = { otherFields: [], opsets: new Map([['', 18]]) } as unknown as OnnxModel;
  return readOnnxModel(
    writeOnnxModel(header, {
      nodes,
      initializers: [...constants].map((name) => makeInt64Tensor(name, 0)),
      inputs: [makeValue('ids', 7, ['batch', 'tokens']), makeValue('mask', 7, ['batch', 'tokens'])],
      outputs: [makeValue('logits', 1, ['batch', 'tokens', 9])],
    }),
  );
}

const cutOf = (model: OnnxModel): string => {
  const cut: Cut | NoCut = findCut(model, 'logits');
  return 'hidden' in cut ? cut.hidden : `${cut.node?.opType ?? 'no node'}: ${cut.reason}`;
};

describe('findCut', () => {
  test.each<[string, string[], string]>([
    ['a projection at the end', ['Gather w,ids -> h', 'MatMul h,w1 -> logits'], 'h'],
    [
      'nodes of constants behind it',
      ['Gather w,ids -> h', 'MatMul h,w1 -> a', 'Add w2,a -> b', 'Tanh b -> logits'],
      'h',
    ],
    [
      'constants that nodes make',
      ['Gather w,ids -> h', 'Transpose w -> t', 'MatMul h,t -> logits'],
      'h',
    ],
    [
      'the last of two projections',
      ['Gather w,ids -> e', 'MatMul e,w1 -> h', 'MatMul h,w2 -> logits'],
      'h',
    ],
    [
      'names left out',
      ['Norm ids,mask -> n,,r', 'Gather w,n -> h', 'MatMul h,w1 -> a', 'Clip a,,w2 -> logits'],
      'h',
    ],
    [
      'a second value',
      ['Gather w,ids -> h', 'MatMul h,w1 -> a', 'Mul a,mask -> logits'],
      'Mul: it mixes a and mask',
    ],
    [
      'a value that is used twice',
      ['Gather w,ids -> h', 'MatMul h,w1 -> a', 'Mul a,a -> logits'],
      'Mul: it mixes a and a',
    ],
    [
      'hidden states as columns',
      ['Gather w,ids -> h', 'MatMul w1,h -> logits'],
      'no node: value ids is produced by no node',
    ],
    [
      'Gemm, which takes no batches',
      ['Gather w,ids -> h', 'Gemm h,w1 -> logits'],
      'no node: value ids is produced by no node',
    ],
    ['constant logits', ['Add w,w1 -> logits'], 'Add: it does not depend on the inputs'],
    ['no logits at all', ['Gather w,ids -> h'], 'no node: value logits is produced by no node'],
  ])('%s', (_, lines, expected) => {
    expect(cutOf(graph(...lines))).toBe(expected);
  });
});

describe('sliceGraph', () => {
  const model = graph(
    'Norm ids,mask -> n,,r',
    'Gather w,n -> h',
    'Transpose w -> t',
    'MatMul h,t -> a',
    'Clip a,,w2 -> logits',
    'Gather w3,mask -> present',
  );
  const slice = (outputs: string[], given: string[] = []) => {
    const { nodes, initializers, inputs } = sliceGraph(model, outputs, given);
    return [
      nodes.map(({ opType }) => opType),
      initializers.map(({ name }) => name),
      inputs.map(({ name }) => name),
    ];
  };

  test('the body holds what the hidden state needs', () => {
    expect(slice(['h'])).toEqual([['Norm', 'Gather'], ['w'], ['ids', 'mask']]);
  });

  test('the head holds what stands behind it, shared weights too', () => {
    expect(slice(['logits'], ['h'])).toEqual([['Transpose', 'MatMul', 'Clip'], ['w', 'w2'], []]);
  });

  test('other outputs stay out', () => {
    expect(slice(['logits'])[0]).not.toContain('present');
    expect(slice(['present'])).toEqual([['Gather'], ['w3'], ['mask']]);
  });
});

test('a function that may hold the head is named', () => {
  const model = graph('Gather w,ids -> h', 'Head h -> logits');
  const name = (number: number, text: string): Uint8Array =>
    new BinaryWriter().tag(number, WireType.LengthDelimited).string(text).finish();
  const head = Uint8Array.of(...name(1, 'Head'), ...name(10, ''));
  const functions = new BinaryWriter().tag(25, WireType.LengthDelimited).bytes(head).finish();
  const reason = 'Head: it is a call of the function :Head, which may hold the head';
  expect(cutOf({ ...model, otherFields: [functions] })).toBe(reason);
});
