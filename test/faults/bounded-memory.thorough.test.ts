import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Field, makeData, RecordBatch, Schema, Struct, Utf8 } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeArrow } from '#toedit/operators/formats/write-arrow';
import { decompress } from '#toedit/src/compression/decompress';
import { compressZstd, zstdReady } from '#toedit/src/compression/zstd';
import { readBytes } from '#toedit/src/files/read-bytes';
import { hasPeakMemory, measureToedit } from '../cli/peak-memory.ts';
import { query } from '../duckdb.ts';

/** Issue 13: no bad input takes more under `--max-text-bytes 1MB`. */
const most = 700e6;

let directory: string;
beforeAll(async () => {
  await zstdReady();
  directory = mkdtempSync(join(tmpdir(), 'toedit-memory-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** What comes before, so many MiB of one byte, and what comes after, in some 15 kB. */
function writeInflated(name: string, before: string, mebibytes: number, after: string): void {
  const frame = (text: string): Uint8Array => compressZstd(Buffer.from(text));
  const filling = frame((name === 'blank' ? '\n' : 'x').repeat(2 ** 20));
  const frames = [frame(before), ...Array.from({ length: mebibytes }, () => filling), frame(after)];
  writeFileSync(join(directory, `${name}.jsonl.zst`), Buffer.concat(frames));
}

const edit = (name: string, ...flags: string[]) => editFile(`${name}.jsonl.zst`, ...flags);

const editFile = (file: string, ...flags: string[]) =>
  measureToedit(
    [
      ...['edit', file, '-o', `${file.split('.')[0] ?? ''}-out`, '--json', '--overwrite'],
      ...['--max-text-bytes', '1000000', ...flags],
    ],
    directory,
  );

async function* plainBytes(path: string): AsyncGenerator<Uint8Array> {
  yield* decompress(readBytes(join(directory, path)), path);
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of plainBytes(path)) hash.update(chunk);
  return hash.digest('hex');
}

/** The first and the last bytes. */
async function endsOf(path: string): Promise<readonly [string, string]> {
  let first = '';
  let last = '';
  for await (const chunk of plainBytes(path)) {
    const text = Buffer.from(chunk).toString();
    first ||= text;
    last = `${last}${text}`.slice(-200);
  }
  return [first, last];
}

describe.skipIf(!hasPeakMemory)('under --max-text-bytes', () => {
  test('a line of 300 MB passes as too long, byte for byte', async () => {
    writeInflated('line', '{"text":"short"}\n{"text":"', 300, '"}\n{"text":"short"}\n');
    const { code, stdout, peakBytes } = await edit('line');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ rows: 3, passed: { over_byte_limit: 1 } });
    expect(await sha256Of('line-out/line.jsonl.zst')).toBe(await sha256Of('line.jsonl.zst'));
    expect(peakBytes).toBeLessThan(most);
  });

  test('it is set aside whole, with its reason', async () => {
    writeInflated('aside', '{"text":"short"}\n{"text":"', 300, '"}\n');
    const { code, peakBytes } = await edit('aside', '--on-bad-row', 'dead-letter');
    expect(code).toBe(3);
    expect(await endsOf('aside-out/aside.jsonl.zst')).toEqual([
      '{"text":"short"}\n',
      '{"text":"short"}\n',
    ]);
    const [first, last] = await endsOf('aside-out/.dead-letters/aside.jsonl.zst');
    expect(first.slice(0, 12)).toBe('{"text":"xxx');
    expect(last).toContain('x","dead_letter_reason":"over_byte_limit","dead_letter_row":1,');
    expect(last.endsWith('}\n')).toBe(true);
    expect(peakBytes).toBeLessThan(most);
  });

  test('where a line becomes a value, its file fails and says what to raise', async () => {
    writeInflated('value', '{"text":"', 300, '"}\n');
    const { code, stdout, peakBytes } = await edit('value', '--format', 'parquet');
    expect(code).toBe(3);
    expect(stdout).toMatch(/line 1, .* has over 8 MiB; .* raise --max-text-bytes/);
    expect(peakBytes).toBeLessThan(most);
  });

  test.each([
    ['alone', ''],
    ['before a line', '{"text":"short"}\n'],
  ])('300 MB of blank lines %s pass', async (_, after) => {
    writeInflated('blank', '', 300, after);
    const { code, peakBytes } = await edit('blank');
    expect(code).toBe(0);
    expect(await sha256Of('blank-out/blank.jsonl.zst')).toBe(await sha256Of('blank.jsonl.zst'));
    expect(peakBytes).toBeLessThan(most);
  });

  /** Column `other` beside the text, which is short. */
  const writeCell = async (name: string, megabytes: number, column: string): Promise<void> => {
    const cell = `repeat('x', ${megabytes * 1e6})`;
    const values = column === 'text' ? `${cell}, 'o'` : `NULL, ${cell}`;
    const rows = `SELECT * FROM (VALUES (${values}), ('short', 'o')) t(text, other)`;
    await query(`COPY (${rows}) TO '${join(directory, name)}' (FORMAT parquet, COMPRESSION zstd)`);
  };
  const refused = /has 30\d{7} bytes once it is decompressed, .* raise --max-text-bytes/;

  test.each([
    ['as Parquet', 'text', []],
    ['to JSON Lines', 'text', ['--format', 'jsonl']],
    ['of rows set aside', 'other', ['--on-bad-row', 'dead-letter']],
  ])('a Parquet page of 300 MB is refused before it is decoded: %s', async (_, column, flags) => {
    await writeCell('page.parquet', 300, column);
    const { code, stdout, peakBytes } = await editFile('page.parquet', ...flags);
    expect(code).toBe(3);
    expect(stdout).toMatch(refused);
    expect(peakBytes).toBeLessThan(most);
  });

  test('a Parquet page of 300 MB beside the text is copied', async () => {
    await writeCell('beside.parquet', 300, 'other');
    const { code, peakBytes } = await editFile('beside.parquet');
    expect(code).toBe(0);
    expect(peakBytes).toBeLessThan(most);
  });

  test('a Parquet page of 100 MB that is one text passes', async () => {
    await writeCell('whole.parquet', 100, 'text');
    const { code, stdout, peakBytes } = await editFile('whole.parquet');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ rows: 2, passed: { over_byte_limit: 1 } });
    expect(peakBytes).toBeLessThan(most);
  });

  test('an Arrow batch of 300 MB is refused before it is decoded, whatever its buffers say', async () => {
    const values = Buffer.alloc(300e6, 'x');
    const type = new Utf8();
    const valueOffsets = Int32Array.of(0, values.length);
    const data = makeData({ type, length: 1, nullCount: 0, valueOffsets, data: values });
    const schema = new Schema([new Field('text', type, true)]);
    const struct = { type: new Struct(schema.fields), length: 1, nullCount: 0, children: [data] };
    const batch = new RecordBatch(schema, makeData(struct));
    const path = join(directory, 'cell.arrow');
    await writeArrow(path, { compression: 'zstd' })(Readable.from([batch]));
    const bytes = readFileSync(path);
    const stated = Buffer.alloc(8);
    stated.writeBigInt64LE(300_000_000n);
    const lie = Buffer.from(bytes);
    lie.writeBigInt64LE(8n, bytes.indexOf(stated));
    writeFileSync(join(directory, 'lie.arrow'), lie);
    for (const name of ['cell.arrow', 'lie.arrow']) {
      const { code, stdout, peakBytes } = await editFile(name);
      expect(code).toBe(3);
      expect(stdout).toMatch(refused);
      expect(peakBytes).toBeLessThan(most);
    }
  });
});
