import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { ToeditError } from '#toedit/src/errors';
import { readParquetFooter } from '#toedit/src/parquet/read-parquet-footer';
import { query } from '../../duckdb.ts';
import { inspectParquet } from '../../inspect-parquet.ts';
import { openFiles } from '../../open-resources.ts';
import { root } from '../../sandbox.ts';
import { hasSharedData, sharedData } from '../../shared-data.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-footer-'));
afterAll(() => rmSync(directory, { recursive: true }));
const path = join(directory, 'x.parquet');

const sample = join(root, 'examples/corpus/books.parquet');

/** What a reader says, or the code of its error. */
async function outcomeOf(read: typeof readParquetFooter, file: string): Promise<unknown> {
  try {
    const { rows, rowGroups, compression } = await read(file);
    return { rows, rowGroups, compression };
  } catch (error) {
    if (error instanceof ToeditError) return error.code;
    throw error;
  }
}

describe('says what the Parquet library says', () => {
  test('of the sample corpus', async () => {
    const { rows, rowGroups, compression } = await inspectParquet(sample);
    expect(await readParquetFooter(sample)).toEqual({ rows, rowGroups, compression });
  });

  test('of what DuckDB writes, in many row groups', async () => {
    const numbers = 'SELECT i, i::VARCHAR AS t FROM range(100000) r(i)';
    await query(`COPY (${numbers}) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`);
    const { rows, rowGroups, compression } = await inspectParquet(path);
    expect(rowGroups.length).toBeGreaterThan(15);
    expect(await readParquetFooter(path)).toEqual({ rows, rowGroups, compression });
  });

  test.each(['uncompressed', 'snappy', 'gzip', 'brotli', 'lz4_raw', 'zstd'])(
    'of the codec %s',
    async (codec) => {
      await query(`COPY (SELECT 1 AS i) TO '${path}' (FORMAT parquet, COMPRESSION ${codec})`);
      const { compression } = await inspectParquet(path);
      expect(compression).toBeDefined();
      expect((await readParquetFooter(path)).compression).toBe(compression);
    },
  );

  const corpora = !hasSharedData
    ? []
    : readdirSync(sharedData, { recursive: true, encoding: 'utf8' }).filter((name) =>
        name.endsWith('.parquet'),
      );
  test.each(corpora)('of %s', async (name) => {
    const file = join(sharedData, name);
    expect(await outcomeOf(readParquetFooter, file)).toEqual(await outcomeOf(inspectParquet, file));
  });
});

const whole = readFileSync(sample);
const footerStart = whole.length - 8 - whole.readUInt32LE(whole.length - 8);
const footer = whole.subarray(footerStart, -8);

function writeFooter(bytes: Uint8Array): void {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  writeFileSync(path, Buffer.concat([Buffer.from('PAR1'), bytes, length, Buffer.from('PAR1')]));
}

/** A damaged footer gives an error, or counts. */
async function expectCountsOrError(bytes: Uint8Array): Promise<void> {
  writeFooter(bytes);
  const outcome = await outcomeOf(readParquetFooter, path);
  // Damage may look like encryption.
  if (outcome === 'FILE_CORRUPT' || outcome === 'UNSUPPORTED') return;
  const { rows, rowGroups } = outcome as Awaited<ReturnType<typeof readParquetFooter>>;
  for (const count of [rows, ...rowGroups.flatMap((group) => [group.rows, group.bytes])]) {
    expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
  }
}

describe('damage', () => {
  test('in any bytes of the footer', async () => {
    const damage = fc.array(
      fc.tuple(fc.nat(footer.length - 1), fc.constantFrom(0, 0x1c, 0x19, 0xf9, 0xff, 0x80, 0x7f)),
      { minLength: 1, maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(damage, async (changes) => {
        const bytes = Buffer.from(footer);
        for (const [at, value] of changes) bytes[at] = value;
        await expectCountsOrError(bytes);
      }),
      { numRuns: 300 },
    );
    expect(openFiles(directory)).toEqual([]);
  });

  test('by other bytes altogether', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), expectCountsOrError), {
      numRuns: 200,
    });
  });

  test.each<[string, number[], RegExp]>([
    ['a list longer than the file', [0x29, 0xfc, 255, 255, 255, 255, 127, 0], /ends too early/],
    ['a list of booleans without end', [0x29, 0xf1, 255, 255, 255, 255, 127, 0], /ends too early/],
    ['a number without end', [0x25, ...new Array<number>(40).fill(255)], /too long/],
    ['structs in structs', new Array<number>(100_000).fill(0x1c), /nests too deep/],
    ['lists in lists', [0x19, ...new Array<number>(100_000).fill(0x19)], /nests too deep/],
    ['a negative count', [0x36, 1, 0x19, 0x0c, 0], /no count: -1/],
    ['no counts', [0], /does not state its rows/],
    ['nothing', [], /ends too early/],
  ])('%s', async (_, bytes, message) => {
    writeFooter(Uint8Array.from(bytes));
    await expect(readParquetFooter(path)).rejects.toMatchObject({
      code: 'FILE_CORRUPT',
      message: expect.stringMatching(message) as string,
      place: { file: path },
    });
  });

  test('cut anywhere', async () => {
    for (let length = 0; length < footer.length; length += 37) {
      writeFooter(footer.subarray(0, length));
      await expect(readParquetFooter(path)).rejects.toMatchObject({ code: 'FILE_CORRUPT' });
    }
  });
});
