import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeExternalTensor, makeTensor } from '#toedit/src/onnx/make-onnx';
import { elementTypes } from '#toedit/src/onnx/onnx-model';
import { readTensor, readTensorBytes, tensorLayout } from '#toedit/src/onnx/tensors';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'toedit-tensors-'));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const values = fc.array(fc.float(), { maxLength: 12 }).map((list) => Float32Array.from(list));
const bytesOf = ({ buffer }: Float32Array): Uint8Array => new Uint8Array(buffer);

interface Content {
  readonly type: number;
  readonly dimensions: readonly number[];
  readonly isPacked?: boolean;
  readonly number: number;
  readonly payload: Uint8Array;
}

/** A TensorProto whose values are a field of this number. */
function tensorOf({ type, dimensions, isPacked = false, number, payload }: Content): Uint8Array {
  const writer = new BinaryWriter();
  if (isPacked) writer.tag(1, WireType.LengthDelimited).fork();
  for (const size of dimensions) {
    if (!isPacked) writer.tag(1, WireType.Varint);
    writer.int64(size);
  }
  if (isPacked) writer.join();
  writer.tag(2, WireType.Varint).int32(type);
  writer.tag(8, WireType.LengthDelimited).string('w');
  return writer.tag(number, WireType.LengthDelimited).bytes(payload).finish();
}

const { float, float16 } = elementTypes;

describe('the values come back that were written', () => {
  test('as raw data', async () => {
    const property = fc.asyncProperty(values, async (expected) => {
      const layout = tensorLayout(makeTensor('w', [expected.length], expected));
      expect(layout).toMatchObject({ name: 'w', elementType: float, shape: [expected.length] });
      expect(await readTensor(layout, directory)).toEqual(expected);
    });
    await fc.assert(property);
  });

  test('as a list of floats, dimensions packed or not', async () => {
    const property = fc.asyncProperty(values, fc.boolean(), async (expected, isPacked) => {
      const [dimensions, payload] = [[expected.length, 1], bytesOf(expected)];
      const layout = tensorLayout(
        tensorOf({ type: float, dimensions, isPacked, number: 4, payload }),
      );
      expect(layout.shape).toEqual(dimensions);
      expect(await readTensor(layout, directory)).toEqual(expected);
    });
    await fc.assert(property);
  });

  test('in a file of their own, at any place', async () => {
    const place = fc.record({ offset: fc.nat(50), after: fc.nat(9), isOpen: fc.boolean() });
    const property = fc.asyncProperty(
      values,
      place,
      async (expected, { offset, after, isOpen }) => {
        const behind = isOpen ? 0 : after;
        const file = Buffer.concat([
          Buffer.alloc(offset, 7),
          bytesOf(expected),
          Buffer.alloc(behind, 9),
        ]);
        writeFileSync(join(directory, 'weights'), file);
        const header = { name: 'w', elementType: float, shape: [expected.length] };
        const range = { offset, ...(isOpen ? {} : { length: 4 * expected.length }) };
        const layout = tensorLayout(makeExternalTensor(header, { location: 'weights', ...range }));
        expect(layout).toMatchObject(header);
        expect(await readTensor(layout, directory)).toEqual(expected);
      },
    );
    await fc.assert(property, { numRuns: 30 });
  });

  test('float16, raw and as a list of numbers', async () => {
    const bits = [0x3c00, 0xc000, 0x0001, 0x7c00];
    const expected = Float32Array.of(1, -2, 2 ** -24, Number.POSITIVE_INFINITY);
    const raw = new Uint8Array(Uint16Array.from(bits).buffer);
    const list = new BinaryWriter();
    for (const number of bits) list.int32(number);
    for (const [number, payload] of [
      [9, raw],
      [5, list.finish()],
    ] as const) {
      const layout = tensorLayout(tensorOf({ type: float16, dimensions: [4], number, payload }));
      expect(await readTensor(layout, directory)).toEqual(expected);
      expect(await readTensorBytes(layout, directory)).toEqual(raw);
    }
  });
});

describe('an error names the tensor', () => {
  const header = { name: 'w', elementType: float, shape: [4] };
  const read = (tensor: Uint8Array) => readTensor(tensorLayout(tensor), directory);

  test('where its file ends too early, is absent, or has another size', async () => {
    writeFileSync(join(directory, 'short'), new Uint8Array(10));
    const at = (range: { offset?: number; length?: number }) =>
      read(makeExternalTensor(header, { location: 'short', ...range }));
    await expect(at({ length: 16 })).rejects.toThrow(/short ends within tensor w/);
    await expect(at({ offset: 20, length: 16 })).rejects.toThrow(/short ends within tensor w/);
    await expect(at({})).rejects.toThrow('tensor w has 10 bytes for the shape [4]');
    const absent = read(makeExternalTensor(header, { location: 'absent' }));
    await expect(absent).rejects.toThrow(/ENOENT.*absent/);
  });

  test('where its shape or type says otherwise', async () => {
    const long = makeTensor('w', [3], new Float32Array(2));
    await expect(read(long)).rejects.toThrow('tensor w has 8 bytes for the shape [3]');
    await expect(read(makeTensor('w', [2], new Int8Array(2)))).rejects.toThrow('w is no float');
    const doubles = tensorOf({
      type: float,
      dimensions: [1],
      number: 10,
      payload: new Uint8Array(8),
    });
    await expect(read(doubles)).rejects.toThrow('tensor w holds no values that can be read');
  });
});
