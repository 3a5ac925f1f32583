import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { makeTable, type RecordBatch } from 'apache-arrow';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  applyEdits,
  compose,
  loadPrior,
  type Operator,
  type Prior,
  rebatch,
  recordEdits,
  recordScores,
  resampleTokens,
  runPipeline,
  type Source,
  scoreTokens,
  takeRows,
  tokenize,
  writeArrow,
  writeJsonl,
  writeParquet,
} from '#toedit/src/index';
import { numbered, textBatch } from './text-batch.ts';

let prior: Prior;
beforeAll(async () => {
  prior = await loadPrior();
});
afterAll(() => prior.close());

async function* one(): AsyncGenerator<RecordBatch> {
  yield textBatch(numbered(['a text']));
}

const drain = async (batches: Source): Promise<number> => {
  let rows = 0;
  for await (const { numRows } of batches) rows += numRows;
  return rows;
};

const stages = (): readonly (readonly [string, Operator])[] => [
  ['tokenize', tokenize(prior)],
  ['scoreTokens', scoreTokens(prior)],
  ['resampleTokens', resampleTokens(prior)],
  ['recordEdits', recordEdits(prior)],
];

test('an operator that stands before the one it needs says which comes first', async () => {
  const needed = ['tokenize', 'scoreTokens', 'resampleTokens'];
  for (const [index, first] of needed.entries()) {
    const operators = stages().filter(([name]) => name !== first);
    const run = runPipeline({
      source: one(),
      operator: compose(...operators.map(([, operator]) => operator)),
      sink: drain,
    });
    await expect(run, first).rejects.toMatchObject({
      code: 'COLUMN_MISSING',
      message: expect.stringContaining(`: ${needed[index]}`) as string,
    });
    await expect(run, first).rejects.toThrow('must come before this operator');
  }
});

test.each([
  ['recordScores', () => recordScores(), 'tokenize'],
  ['applyEdits', () => applyEdits(prior), 'resampleTokens'],
])('%s by itself says what comes first', async (_, make, first) => {
  const run = runPipeline({ source: one(), operator: make(), sink: drain });
  await expect(run).rejects.toThrow(`${first} adds it, and must come before this operator`);
});

const nonBatches: readonly (readonly [value: unknown, called: string])[] = [
  [undefined, 'a undefined'],
  [null, 'null'],
  ['text', 'a string'],
  [42, 'a number'],
  [{ text: 'a' }, 'a Object'],
  [makeTable({ text: Int32Array.of(1) }), 'a Table'],
];

test('what is not a record batch is refused in the name of the stage that yielded it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...nonBatches), fc.nat(3), async ([value, called], at) => {
      async function* shout(source: Source): Source {
        for await (const batch of source) yield at === 0 ? (value as RecordBatch) : batch;
        yield value as RecordBatch;
      }
      const operator = compose(takeRows(2), shout, rebatch());
      const run = runPipeline({ source: one(), operator, sink: drain });
      await expect(run).rejects.toMatchObject({
        code: 'BATCH_INVALID',
        message: expect.stringContaining(`shout yielded ${called}, not a record batch`) as string,
      });
    }),
  );
});

test('a source that yields something else is named, too; so is a nameless operator by its place', async () => {
  const source = Readable.from(['a']) as unknown as Source;
  await expect(runPipeline({ source, operator: takeRows(1), sink: drain })).rejects.toThrow(
    'the source yielded a string',
  );
  const nameless = [(): Source => Readable.from([1])][0] as Operator;
  const operator = compose(takeRows(1), nameless);
  await expect(runPipeline({ source: one(), operator, sink: drain })).rejects.toThrow(
    'operator 2 yielded a number',
  );
});

test("in Node's own pipeline every operator and sink refuses what is not a record batch", async () => {
  const operators = [...stages().map(([, operator]) => operator), applyEdits(prior), rebatch()];
  for (const operator of operators) {
    const run = pipeline(Readable.from([{ a: 1 }]) as unknown as Source, operator, drain);
    await expect(run, operator.name).rejects.toMatchObject({ code: 'BATCH_INVALID' });
  }
  for (const write of [writeArrow, writeJsonl, writeParquet]) {
    const path = `/tmp/toedit-misuse-${process.pid}-${write.name}`;
    const run = write(path)(Readable.from([{ a: 1 }]));
    await expect(run, write.name).rejects.toMatchObject({ code: 'BATCH_INVALID' });
  }
});
