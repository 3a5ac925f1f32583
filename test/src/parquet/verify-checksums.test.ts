import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { readParquet } from '#toedit/operators/formats/read-parquet';
import { collect } from '../../operators/text-batch.ts';
import { root } from '../../sandbox.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-crc-'));
afterAll(() => rmSync(directory, { recursive: true }));
const fixture = join(root, 'test/fixtures/types/parquet-checksums.parquet');

const rowsOf = async (path: string) =>
  (await collect(readParquet(path))).reduce((sum, { numRows }) => sum + numRows, 0);

test('a file of pyarrow with page checksums is read', async () => {
  expect(await rowsOf(fixture)).toBe(40);
});

test('every byte that is changed in a page with a checksum is damage, with its row group', async () => {
  const bytes = readFileSync(fixture);
  const path = join(directory, 'changed.parquet');
  const text = Buffer.from('text of row 33');
  const at = bytes.indexOf(text);
  expect(at).toBeGreaterThan(0);
  for (let i = 0; i < text.length; i++) {
    const changed = Buffer.from(bytes);
    changed[at + i] = (changed[at + i] ?? 0) ^ 1;
    expect(crc32(changed)).not.toBe(crc32(bytes));
    writeFileSync(path, changed);
    await expect(rowsOf(path)).rejects.toMatchObject({
      code: 'FILE_CORRUPT',
      place: { file: path, rowGroup: 1 },
      message: expect.stringContaining('in row group 1: the page at byte'),
    });
  }
});

const faults = join(root, '../shared/faults');
const hasFaults = existsSync(faults);
if (!hasFaults) console.warn(`skipped: mutants with checksums need ${faults}`);

describe.skipIf(!hasFaults)('mutants', () => {
  test.each([3, 39, 40, 6])('parquet-page-crc-not-checked-%i is damaged', async (number) => {
    const path = join(faults, `parquet-page-crc-not-checked-${number}.parquet`);
    await expect(rowsOf(path)).rejects.toMatchObject({
      code: 'FILE_CORRUPT',
      place: { rowGroup: expect.any(Number) },
    });
  });
});
