import fc from 'fast-check';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, describe, expect, test } from 'vitest';
import { logNormaliser, normaliserNames, type Summation } from '#toedit/src/onnx/log-normaliser';
import { makeNode, makeValue } from '#toedit/src/onnx/make-onnx';
import { writeOnnxModel } from '#toedit/src/onnx/onnx-file';
import { elementTypes } from '#toedit/src/onnx/onnx-model';

const sessions: InferenceSession[] = [];
afterAll(() => Promise.all(sessions.map((session) => session.release())));

/** The log of the sum of exponentials of each row, by a graph of nothing but the normaliser. */
async function normaliser(opset: number, columns: number | null, summation?: Summation) {
  const { nodes, initializers } = logNormaliser('logits', { opset, columns, summation });
  const sum = { inputs: [normaliserNames.pivot, normaliserNames.rest], outputs: ['sum'] };
  // ir_version (field 1) 8, as a varint.
  const header = { otherFields: [Uint8Array.of(8, 8)], opsets: new Map([['', opset]]) };
  const file = writeOnnxModel(header, {
    nodes: [...nodes, makeNode('Add', sum)],
    initializers,
    inputs: [makeValue('logits', elementTypes.float, ['rows', 'columns'])],
    outputs: [makeValue('sum', elementTypes.float, ['rows', 1])],
  });
  const session = await InferenceSession.create(file, { intraOpNumThreads: 1 });
  sessions.push(session);
  return async (rows: readonly (readonly number[])[]): Promise<number[]> => {
    const logits = new Tensor('float32', Float32Array.from(rows.flat()), [
      rows.length,
      rows[0]?.length ?? 0,
    ]);
    return [...((await session.run({ logits }))['sum']?.data as Float32Array)];
  };
}

function exact(row: readonly number[]): number {
  const floats = row.map(Math.fround);
  const greatest = Math.max(...floats);
  return greatest + Math.log(floats.reduce((sum, logit) => sum + Math.exp(logit - greatest), 0));
}

const logit = fc.oneof(
  { weight: 8, arbitrary: fc.double({ min: -60, max: 60, noNaN: true }) },
  { weight: 2, arbitrary: fc.constant(Number.NEGATIVE_INFINITY) },
);
const rowsOf = (columns: number) =>
  fc.array(fc.tuple(logit, fc.array(logit, { minLength: columns - 1, maxLength: columns - 1 })), {
    minLength: 1,
    maxLength: 4,
  });

describe.each(['log-softmax', 'exponentials'] as const)('logNormaliser by %s', (summation) => {
  test.each([
    { opset: 18, columns: 64 },
    { opset: 13, columns: 64 },
    { opset: 18, columns: 97 },
    { opset: 17, columns: 7 },
    { opset: 21, columns: 1280 },
  ])('opset $opset, $columns columns', async ({ opset, columns }) => {
    for (const stated of [columns, null]) {
      const sums = await normaliser(opset, stated, summation);
      const property = fc.asyncProperty(rowsOf(columns), fc.nat(), async (parts, at) => {
        // A row has one logit at least.
        const rows = parts.map(([first, rest]) => {
          const row = [first, ...rest];
          row[at % columns] = Number.isFinite(first) ? first : 1;
          return row;
        });
        const expected = rows.map(exact);
        (await sums(rows)).forEach((sum, i) => {
          expect(Math.abs(sum - (expected[i] ?? Number.NaN))).toBeLessThan(2e-5);
        });
      });
      await fc.assert(property, { numRuns: 30 });
    }
  });

  test('blocks of nothing but minus infinity count nothing', async () => {
    const sums = await normaliser(18, 64, summation);
    const row = Array.from({ length: 64 }, (_, i) => (i === 40 ? 3 : Number.NEGATIVE_INFINITY));
    expect(await sums([row])).toEqual([3]);
  });

  test('what is not a number stays none', async () => {
    const sums = await normaliser(18, 64, summation);
    const row = Array.from({ length: 64 }, (_, i) => (i === 40 ? Number.NaN : 1));
    expect(await sums([row, row.with(40, 1)])).toEqual([
      Number.NaN,
      expect.closeTo(1 + Math.log(64)),
    ]);
  });

  test('many small terms are not lost', async () => {
    const columns = 49_152;
    const sums = await normaliser(18, columns, summation);
    const row = Array.from({ length: columns }, (_, i) => (i === 5 ? 0 : -17));
    const [sum = Number.NaN] = await sums([row]);
    // They are 0.2 % of the sum, and each alone is under half a unit in the last place of 1.
    expect(exact(row)).toBeGreaterThan(0.002);
    expect(Math.abs(sum - exact(row))).toBeLessThan(1e-5);
  });
});
