import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeNode } from '#toedit/src/onnx/make-onnx';
import { readFields, renameValues } from '#toedit/src/onnx/onnx-fields';
import { readNode } from '#toedit/src/onnx/onnx-file';

const name = fc.constantFrom('', 'a', 'b', 'c', 'd');
const nodes = fc
  .record({
    inputs: fc.array(name, { maxLength: 4 }),
    outputs: fc.array(name, { maxLength: 3 }),
    domain: fc.constantFrom(undefined, 'com.microsoft'),
    axes: fc.array(fc.integer(), { maxLength: 3 }),
  })
  .map(({ inputs, outputs, domain, axes }) =>
    readNode(makeNode('Op', { inputs, outputs, domain }, { axes, keepdims: 1 })),
  );
const names = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.string({ minLength: 1 }));

/** The fields that hold no values' names. */
function others(bytes: Uint8Array): number[][] {
  return [...readFields(bytes)].flatMap(({ number, raw }) => (number > 2 ? [[...raw]] : []));
}

test('values have their new names, and all else is as it was', () => {
  fc.assert(
    fc.property(nodes, names, (node, given) => {
      const renamed = renameValues(node, new Map(Object.entries(given)));
      const expected = (values: readonly string[]) => values.map((value) => given[value] ?? value);
      expect(renamed.inputs).toEqual(expected(node.inputs));
      expect(renamed.outputs).toEqual(expected(node.outputs));
      expect(others(renamed.bytes)).toEqual(others(node.bytes));
      expect(readNode(renamed.bytes)).toEqual(renamed);
    }),
  );
});

test('no new names change no byte', () => {
  fc.assert(
    fc.property(nodes, (node) => {
      expect(renameValues(node, new Map()).bytes).toEqual(node.bytes);
    }),
  );
});
