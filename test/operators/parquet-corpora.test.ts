import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readParquet } from '#toedit/operators/formats/read-parquet';
import { writeParquet } from '#toedit/operators/formats/write-parquet';
import { rebatch } from '#toedit/operators/rebatch';
import { columnTypes, differences, keyValues } from '../duckdb.ts';
import { inspectParquet } from '../inspect-parquet.ts';
import { hasSharedData, sharedData } from '../shared-data.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'toedit-corpora-'));
});
afterEach(() => rm(directory, { recursive: true }));

const corpora = [
  ['books', 'text'],
  ['paragraphs', 'text'],
  ['hostile', 'text'],
  ['hostile-binary', 'text'],
  ['huge-document', 'text'],
  ['no-rows', 'text'],
  ['other-column', 'body'],
] as const;

const withoutArrowSchema = (pairs: [string, string][]) =>
  pairs.filter(([key]) => key !== 'ARROW:schema');

describe.skipIf(!hasSharedData)('read, rebatched and written', () => {
  test.each(corpora)('%s: every column equal, for DuckDB', async (name, column) => {
    const input = join(sharedData, `${name}.parquet`);
    const output = join(directory, 'out.parquet');
    const { compression } = await inspectParquet(input);
    const batches = rebatch({ rows: 37, bytes: 100_000, column })(
      readParquet(input, { batchRows: 100 }),
    );
    await writeParquet(output, { compression })(batches);
    expect(await columnTypes(output)).toEqual(await columnTypes(input));
    const { l_rows, r_rows, ...differing } = await differences(input, output);
    expect(r_rows).toBe(l_rows);
    expect(Object.entries(differing).filter(([, count]) => count !== 0)).toEqual([]);
    const [found, expected] = [await keyValues(output), await keyValues(input)];
    expect(withoutArrowSchema(found)).toEqual(withoutArrowSchema(expected));
  });
});
