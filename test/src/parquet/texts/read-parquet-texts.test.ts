import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Binary, type RecordBatch, Utf8 } from 'apache-arrow';
import parquet from 'parquetjs-lite';
import { afterAll, describe, expect, test } from 'vitest';
import { textColumn } from '#toedit/src/arrow/text-column';
import {
  type ReadParquetTextsOptions,
  readParquetTexts,
} from '#toedit/src/parquet/read-parquet-texts';
import { columnTypes, query } from '../../../duckdb.ts';
import { openFiles } from '../../../open-resources.ts';
import { hasSharedData, sharedData } from '../../../shared-data.ts';
import { fixtureNames, fixtures } from '../pages/fixtures.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-texts-'));
afterAll(() => rmSync(directory, { recursive: true }));
const path = join(directory, 'x.parquet');

async function batchesOf(
  file: string,
  options: ReadParquetTextsOptions = { column: 'text' },
): Promise<RecordBatch[]> {
  const batches: RecordBatch[] = [];
  for await (const batch of readParquetTexts(file, options)) batches.push(batch);
  return batches;
}

const textsIn = (batches: readonly RecordBatch[]): (string | null)[] =>
  batches.flatMap((batch) => {
    const column = textColumn(batch, batch.schema.names[0] as string);
    return Array.from({ length: column.length }, (_, row) =>
      column.isNull(row) ? null : Buffer.from(column.bytes(row)).toString('hex'),
    );
  });

async function textsOfDuckDb(file: string, column = 'text'): Promise<unknown[]> {
  const rows = await query(
    `SELECT lower(hex("${column}"::BLOB)) AS hex FROM read_parquet('${file}') ORDER BY file_row_number`,
  ).catch(() =>
    query(
      `SELECT lower(hex(encode("${column}"::VARCHAR))) AS hex FROM read_parquet('${file}', file_row_number = true) ORDER BY file_row_number`,
    ),
  );
  return rows.map((row) => row['hex']);
}

describe('the texts are those that DuckDB reads', () => {
  const names = fixtureNames(
    /^(?!encrypted).*(text|codec|-page-|delta|bloom|spark|fast|polars|no-|one)/,
  );
  const unread = /hadoop/;
  test.for(names.filter((name) => !unread.test(name)))('of %s', async (name) => {
    const file = join(fixtures, name);
    expect(textsIn(await batchesOf(file))).toEqual(await textsOfDuckDb(file));
  });

  test.skipIf(!hasSharedData).for(['books', 'paragraphs', 'no-rows', 'huge-document', 'hostile'])(
    'of the corpus %s',
    async (name) => {
      const file = join(sharedData, `${name}.parquet`);
      expect(textsIn(await batchesOf(file))).toEqual(await textsOfDuckDb(file));
    },
  );
});

test.for(['UNCOMPRESSED', 'SNAPPY', 'GZIP'])('the texts of parquetjs-lite in %s', async (codec) => {
  const schema = new parquet.ParquetSchema({
    id: { type: 'INT32', compression: codec },
    text: { type: 'UTF8', optional: true, compression: codec },
  });
  const writer = await parquet.ParquetWriter.openFile(schema, path);
  writer.setRowGroupSize(200);
  const texts = Array.from({ length: 500 }, (_, i) => (i % 7 === 0 ? null : `text ${i} 文`));
  for (const [id, text] of texts.entries()) {
    await writer.appendRow(text === null ? { id } : { id, text });
  }
  await writer.close();
  const hexes = texts.map((text) => text && Buffer.from(text).toString('hex'));
  expect(textsIn(await batchesOf(path))).toEqual(hexes);
});

describe('record batches', () => {
  const write = (select: string, options = '') =>
    query(`COPY (${select}) TO '${path}' (FORMAT parquet${options})`);

  test('end with their row group, at 1024 rows, and at 1 MiB or one larger row', async () => {
    await write(
      `SELECT CASE WHEN i = 9000 THEN repeat('x', 3000000) WHEN i > 8000 THEN repeat('y', 5000) ELSE 'z' END AS text
       FROM range(10000) r(i)`,
      ', ROW_GROUP_SIZE 4096',
    );
    const batches = await batchesOf(path);
    const bytes = batches.map(({ data }) => data.children[0]?.values.length as number);
    const rows = batches.map(({ numRows }) => numRows);
    expect(rows.slice(0, 8)).toEqual(new Array(8).fill(1024));
    expect(Math.max(...rows)).toBe(1024);
    expect(bytes.filter((size) => size > 2 ** 20)).toEqual([3_000_000]);
    expect(rows[bytes.indexOf(3_000_000)]).toBe(1);
    expect(textsIn(batches)).toEqual(await textsOfDuckDb(path));
    const groups = await query(
      `SELECT DISTINCT row_group_id, row_group_num_rows::INT AS n FROM parquet_metadata('${path}') ORDER BY 1`,
    );
    const ends = new Set<number>();
    rows.reduce((sum, n) => {
      ends.add(sum + n);
      return sum + n;
    }, 0);
    groups.reduce((sum, { n }) => {
      expect(ends).toContain(sum + Number(n));
      return sum + Number(n);
    }, 0);
  });

  test('begin at any row, and whatever is before is left out', async () => {
    await write("SELECT 't' || i AS text FROM range(5000) r(i)", ', ROW_GROUP_SIZE 2048');
    const all = await textsOfDuckDb(path);
    for (const firstRow of [0, 1, 1023, 2048, 2049, 4999, 5000, 9999]) {
      const batches = await batchesOf(path, { column: 'text', firstRow });
      expect(textsIn(batches)).toEqual(all.slice(firstRow));
      expect(batches.length).toBeGreaterThan(0);
    }
  });

  test('are one of no rows where there is none', async () => {
    await write("SELECT 'a' AS text WHERE false");
    const batches = await batchesOf(path);
    expect(batches.map(({ numRows }) => numRows)).toEqual([0]);
  });

  test('have one column that may be null: Utf8 where the file calls it text, else Binary', async () => {
    await write("SELECT 1 AS i, 'a' AS text, '\\x00'::BLOB AS bytes, '1'::JSON AS json");
    for (const [column, type] of [
      ['text', Utf8],
      ['bytes', Binary],
      ['json', Utf8],
    ] as const) {
      const [batch] = await batchesOf(path, { column });
      expect(batch?.schema.fields.map(({ name, nullable }) => [name, nullable])).toEqual([
        [column, true],
      ]);
      expect(batch?.schema.fields[0]?.type).toBeInstanceOf(type);
    }
  });

  test('are read on demand, and however they end, the file is closed', async () => {
    await write("SELECT 't' || i AS text FROM range(50000) r(i)", ', ROW_GROUP_SIZE 2048');

    for await (const batch of readParquetTexts(path, { column: 'text' })) {
      expect(batch.numRows).toBe(1024);
      break;
    }
    const controller = new AbortController();
    const reading = (async () => {
      for await (const _ of readParquetTexts(path, { column: 'text', signal: controller.signal })) {
        controller.abort(new Error('stopped'));
      }
    })();
    await expect(reading).rejects.toThrow('stopped');
    expect(openFiles(directory)).toEqual([]);
  });
});

describe('what cannot be read', () => {
  const rejection = async (file: string, column = 'text') => {
    const error: unknown = await batchesOf(file, { column }).catch((cause: unknown) => cause);
    return error;
  };

  test('columns that are missing, of another type, or in others', async () => {
    await query(
      `COPY (SELECT 1 AS i, 'a' AS text, ['a'] AS list, {'text': 'a'} AS struct) TO '${path}' (FORMAT parquet)`,
    );
    expect(await rejection(path, 'body')).toMatchObject({
      code: 'COLUMN_MISSING',
      message: 'no column "body": the columns are "i", "text", "list", "struct"; name one of them',
    });
    for (const [column, type] of [
      ['i', 'INT32'],
      ['list', 'a list, map or struct'],
      ['struct', 'a list, map or struct'],
    ]) {
      expect(await rejection(path, column)).toMatchObject({
        code: 'COLUMN_TYPE',
        message: expect.stringContaining(
          `is ${type}: a text column of a Parquet file is BYTE_ARRAY`,
        ),
      });
    }
  });

  test.for(fixtureNames(/^encrypted/))('%s', async (name) => {
    expect(await rejection(join(fixtures, name))).toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('encrypted, which toedit cannot read'),
    });
  });

  test('damaged pages, with their row group', async () => {
    await query(
      `COPY (SELECT 'text ' || (i * i) AS text FROM range(6000) r(i)) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 2048, COMPRESSION zstd)`,
    );
    const bytes = readFileSync(path);
    const [place] = await query(
      `SELECT data_page_offset::INT AS start, total_compressed_size::INT AS length FROM parquet_metadata('${path}') WHERE row_group_id = 1`,
    );
    bytes.fill(0, Number(place?.['start']), Number(place?.['start']) + Number(place?.['length']));
    writeFileSync(path, bytes);
    expect(await rejection(path)).toMatchObject({
      code: 'FILE_CORRUPT',
      place: { file: path, rowGroup: 1 },
      message: expect.stringMatching(
        /is damaged in row group 1: .*; fetch the file again or leave it out$/,
      ),
    });
  });

  const crcFaults = [3, 6, 39, 40]
    .map((n) => join(sharedData, `../faults/parquet-page-crc-not-checked-${n}.parquet`))
    .filter((file) => existsSync(file));
  test.for(crcFaults)('a page that does not have its checksum: %s', async (file) => {
    const column = (await columnTypes(file)).find(([, type]) => type === 'VARCHAR')?.[0];
    expect(await rejection(file, column)).toMatchObject({
      code: 'FILE_CORRUPT',
      message: expect.stringContaining('does not have the checksum that its header says'),
    });
  });

  test('a file that is absent, no Parquet, or cut short while it is read', async () => {
    expect(await rejection(join(directory, 'absent'))).toMatchObject({ code: 'FILE_UNREADABLE' });
    writeFileSync(path, 'no Parquet at all');
    expect(await rejection(path)).toMatchObject({ code: 'FORMAT_UNKNOWN' });
    await query(
      `COPY (SELECT repeat(md5(i::VARCHAR), 5) AS text FROM range(50000) r(i)) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 2048, COMPRESSION uncompressed)`,
    );
    const reading = (async () => {
      for await (const _ of readParquetTexts(path, { column: 'text' })) truncateSync(path, 1000);
    })();
    await expect(reading).rejects.toMatchObject({
      code: 'FILE_CORRUPT',
      message: expect.stringContaining('it ends before byte'),
    });
  });

  test('options out of range, at once', () => {
    expect(() => readParquetTexts(path, { column: 'text', batchRows: 0 })).toThrow('batchRows');
    expect(() => readParquetTexts(path, { column: 'text', firstRow: -1 })).toThrow('firstRow');
  });
});
