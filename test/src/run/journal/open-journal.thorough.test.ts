import { execFileSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Int8, RecordBatch, Utf8 } from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readJsonl } from '#toedit/operators/formats/read-jsonl';
import { writeJsonl } from '#toedit/operators/formats/write-jsonl';
import type { RunTotals } from '#toedit/src/metrics/totals';
import { withCounts } from '#toedit/src/metrics/totals';
import { openJournal } from '#toedit/src/run/journal/open-journal';
import { root } from '../../../sandbox.ts';
import {
  type AnyColumn,
  anyColumns,
  batchOf,
  dataOf,
  everyTypeBatch,
  unionColumns,
} from '../../arrow/any-column.ts';
import { plainColumns } from '../../arrow/plain-values.ts';
import { cells, countOf, open, replay, scratch, write } from './journal-of.ts';

const metadata = new Map([['corpus', 'test']]);

/** Batches of a type, of which some have no rows, each with counters of its own. */
const batchesOf = (
  { type, value }: AnyColumn,
  isNullable: boolean,
): fc.Arbitrary<RecordBatch[]> => {
  const cell = isNullable ? fc.option(value, { nil: null, freq: 3 }) : value;
  return fc
    .array(fc.array(cell, { maxLength: 9 }), { minLength: 1, maxLength: 5 })
    .map((parts) =>
      parts.map((values, i) => withCounts(batchOf(dataOf(type, values), metadata), countOf(i))),
    );
};

/** The counters that count: of batches with rows, or the first where none has any. */
function countsOfAll(batches: readonly RecordBatch[]): RunTotals[] {
  const counts = batches.flatMap(({ numRows }, i) => (numRows > 0 ? countOf(i) : []));
  return counts.length === 0 ? [countOf(0)] : counts;
}

/** Written by as many processes as there are batches or by one, the journal gives back what was appended. */
async function checkReplay(batches: readonly RecordBatch[], isResumed: boolean): Promise<void> {
  using place = scratch();
  if (isResumed) for (const batch of batches) await write(place.directory, [batch]);
  else await write(place.directory, batches);
  await using journal = await open(place.directory);
  await journal.complete();
  await using reopened = await open(place.directory, 'b');
  for (const one of [journal, reopened]) {
    const replayed = await replay(one);
    expect(cells(replayed)).toEqual(cells(batches));
    expect(one.rows).toBe(cells(batches).length);
    expect(one.counts).toEqual(countsOfAll(batches));
    expect(one.isComplete).toBe(true);
    expect(replayed[0]?.schema.metadata).toEqual(metadata);
    expect(String(one.schema)).toEqual(String(batches[0]?.schema));
    expect(replayed[0]?.metadata.size).toBe(0);
  }
}

describe('any batches come back, from one process or a chain of them', () => {
  const columns = [
    ...anyColumns.map((column) => [String(column.type), column, true] as const),
    ...unionColumns.map((column) => [String(column.type), column, false] as const),
  ];
  test.each(columns)('%s', async (_, column, isNullable) => {
    await fc.assert(fc.asyncProperty(batchesOf(column, isNullable), fc.boolean(), checkReplay), {
      numRuns: 5,
    });
  });
});

test('batches of all types come back from within larger ones', async () => {
  using place = scratch();
  const whole = everyTypeBatch(() => true);
  const slices = [whole.slice(0, 7), whole.slice(7, 8), whole.slice(8, 30)];
  await write(place.directory, slices);
  await using journal = await open(place.directory);
  const replayed = await replay(journal);
  expect(replayed.map(({ numRows }) => numRows)).toEqual([7, 1, 22]);
  expect(plainColumns(replayed)).toEqual(plainColumns([whole]));
});

const three = [['x', 'y'], ['x'], ['z']].map((values) => batchOf(dataOf(new Utf8(), values)));

test('processes that write the same journal at once do no harm, in any order', async () => {
  const rows = Array.from({ length: 12 }, (_, i) => `row ${i}`);
  const batches = [0, 2, 4, 6, 8, 10].map((begin, i) =>
    withCounts(batchOf(dataOf(new Utf8(), rows.slice(begin, begin + 2)), metadata), countOf(i)),
  );
  const turns = fc.array(fc.record({ worker: fc.nat(2), opens: fc.boolean() }), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(turns, async (all) => {
      using place = scratch();
      const journals = await Promise.all(
        ['a', 'a', 'b'].map((name) => open(place.directory, name)),
      );
      for (const { worker, opens } of all) {
        if (opens) {
          await journals[worker]?.close();
          journals[worker] = await open(place.directory, 'b');
        }
        const journal = journals[worker];
        const next = batches[(journal?.rows ?? 0) / 2];
        await (next === undefined ? journal?.complete() : journal?.append(next));
      }
      const furthest = Math.max(...journals.map((journal) => journal.rows));
      for (const journal of journals) await journal.close();
      await using journal = await open(place.directory);
      expect(journal.rows).toBe(furthest);
      expect(cells(await replay(journal))).toEqual(rows.slice(0, furthest));
      expect(journal.counts).toEqual(countsOfAll(batches).slice(0, furthest / 2));
      expect(journal.isComplete && furthest < 12).toBe(false);
    }),
    { numRuns: 40 },
  );
});

test('segments of another identity go, and notes of rows begun in them; what else lies there stays', async () => {
  using place = scratch();
  await write(place.directory, three);
  writeFileSync(join(place.directory, 'a.begun'), '8');
  writeFileSync(join(place.directory, 'other'), '');
  await using journal = await openJournal(place.directory, { identity: 'other', worker: 'a' });
  expect(journal.rows).toBe(0);
  expect(journal.schema).toBeUndefined();
  expect(readdirSync(place.directory)).toEqual(['other']);
  await expect(journal.complete()).rejects.toThrow(TypeError);
});

test('a journal of no rows is complete only once it says so', async () => {
  using place = scratch();
  const empty = batchOf(dataOf(new Utf8(), []), metadata);
  await write(place.directory, [empty]);
  await using journal = await open(place.directory);
  expect(journal.isComplete).toBe(false);
  await journal.append(empty);
  await journal.complete();
  await using reopened = await open(place.directory);
  expect(reopened.isComplete).toBe(true);
  expect((await replay(reopened)).map(({ numRows }) => numRows)).toEqual([0]);
});

test('batches of another schema are refused', async () => {
  using place = scratch();
  const directory = join(place.directory, 'unit');
  const journal = await open(directory);
  await journal.append(batchOf(dataOf(new Utf8(), ['a'])));
  await expect(journal.append(batchOf(dataOf(new Int8(), [1])))).rejects.toMatchObject({
    code: 'COLUMN_TYPE',
  });
  await journal.append(batchOf(dataOf(new Utf8(), ['b'])));
  expect(cells(await replay(journal))).toEqual(['a', 'b']);
  await journal.close();
});

test('the only batch of an output ends it, and is on no disk', async () => {
  using place = scratch();
  const directory = join(place.directory, 'unit');
  const batch = withCounts(batchOf(dataOf(new Utf8(), ['a', null])), countOf(4));
  await using journal = await open(directory);
  await journal.append(batch, { isOnly: true });
  expect(journal).toMatchObject({ rows: 2, isComplete: true, counts: [countOf(4)] });
  await journal.complete();
  expect(cells(await replay(journal))).toEqual(['a', null]);
  expect(readdirSync(place.directory)).toEqual([]);
});

test('a segment may itself be the input: its header comes back', async () => {
  using inner = scratch();
  using outer = scratch();
  const own = batchOf(dataOf(new Utf8(), ['a']), new Map([['toedit:journal', 'mine']]));
  await write(inner.directory, [own]);
  copyFileSync(join(inner.directory, '0-a.arrows'), join(outer.directory, '0-b.arrows'));
  await using journal = await open(outer.directory);
  expect((await replay(journal))[0]?.schema.metadata).toEqual(own.schema.metadata);
});

test("an input's own metadata is never taken for counters", async () => {
  using place = scratch();
  const { schema, data } = batchOf(dataOf(new Utf8(), ['a', 'b']));
  const own = new Map([
    ['toedit:note', '{"rows":9}'],
    ['mine', 'stays'],
  ]);
  await write(place.directory, [new RecordBatch(schema, data, own)]);
  await using journal = await open(place.directory);
  expect(journal.counts).toEqual([]);
  expect((await replay(journal)).map((batch) => [...batch.metadata])).toEqual([
    [['mine', 'stays']],
  ]);
});

/** Appends rows of 1500 bytes until 40 are committed, whatever is refused; prints the codes of the refusals. */
const appendRows = (directory: string): string => `
  import { RecordBatch, Utf8, vectorFromArray } from 'apache-arrow';
  import { openJournal } from '${join(root, 'dist/src/run/journal/open-journal.js')}';
  const journal = await openJournal('${directory}', { identity: 'one', worker: 'a' });
  const codes = [];
  while (journal.rows < 40 && codes.length < 40) {
    const text = String(journal.rows).padEnd(1500, '-');
    const data = vectorFromArray([text], new Utf8()).data[0];
    await journal.append(new RecordBatch({ c: data })).catch(({ code }) => codes.push(code));
  }
  console.log(JSON.stringify(codes));`;

test('a disk that takes no more loses no committed batch, and more can follow', async () => {
  using place = scratch();
  // Each file may have 16 blocks of 512 or 1024 bytes.
  const command = 'ulimit -f 16 && exec node --input-type=module -e "$0"';
  const output = execFileSync('sh', ['-c', command, appendRows(place.directory)], { cwd: root });
  const codes = JSON.parse(String(output)) as string[];
  expect(codes.length).toBeGreaterThan(1);
  expect(new Set(codes)).toEqual(new Set(['WRITE_FAILED']));
  expect(readdirSync(place.directory).length).toBe(codes.length + 1);
  await using journal = await open(place.directory);
  const expected = Array.from({ length: 40 }, (_, row) => String(row).padEnd(1500, '-'));
  expect(cells(await replay(journal))).toEqual(expected);
});

const lines = fc
  .array(
    fc.oneof(
      fc.constantFrom('', ' \t'),
      fc
        .record({ text: fc.oneof(fc.string({ unit: 'grapheme' }), fc.nat()) })
        .map((o) => JSON.stringify(o)),
    ),
    { maxLength: 12 },
  )
  .map((all) => all.join('\n'));

test('JSON Lines come back to the byte, blank ones too', async () => {
  await fc.assert(
    fc.asyncProperty(lines, fc.integer({ min: 1, max: 4 }), async (text, batchRows) => {
      using place = scratch();
      async function* bytes() {
        yield Buffer.from(text);
      }
      const directory = join(place.directory, 'unit');
      for await (const batch of readJsonl(bytes(), { batchRows })) await write(directory, [batch]);
      await using journal = await open(directory);
      const path = join(place.directory, 'out.jsonl');
      await writeJsonl(path)(journal.batches());
      expect(readFileSync(path, 'utf8')).toBe(text);
    }),
    { numRuns: 40 },
  );
});
