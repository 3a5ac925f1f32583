import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Field, makeData, RecordBatch, Schema, Struct, Utf8 } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeArrow } from '#toedit/operators/formats/write-arrow';
import { compressZstd, zstdReady } from '#toedit/src/compression/zstd';
import { hasPeakMemory, type MeasuredOutcome, measureToedit } from '../cli/peak-memory.ts';
import {
  firstIndexes,
  type HostileColumn,
  levelsOf,
  plain,
  repeatedDelta,
  writeHostileParquet,
} from './hostile-parquet.ts';
import { zipOf } from './hostile-zip.ts';

/** Issue 13: no bad input takes more under `--max-text-bytes 1MB`, the embedded prior included. */
const most = 700e6;

let directory: string;
beforeAll(async () => {
  await zstdReady();
  directory = mkdtempSync(join(tmpdir(), 'toedit-hostile-'));
  mkdirSync(join(directory, 'corpus'));
  writeFileSync(join(directory, 'corpus/good.jsonl'), '{"text":"a good text"}\n');
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Writes the bad file beside a good one, and edits both; the good one is done. */
async function editBeside(
  write: (path: string) => void | Promise<void>,
  name: string,
  flags: readonly string[],
): Promise<MeasuredOutcome> {
  const path = join(directory, 'corpus', name);
  await write(path);
  const settings = ['--max-text-bytes', '1000000', '--overwrite', '--json', '--threads', '1'];
  try {
    const outcome = await measureToedit(
      ['edit', 'corpus', '-o', 'out', ...settings, ...flags],
      directory,
    );
    expect([0, 3]).toContain(outcome.code);
    const { files } = JSON.parse(outcome.stdout) as { files: { input: string; status: string }[] };
    const good = files.find(({ input }) => input.endsWith('good.jsonl'));
    expect(good).toMatchObject({ status: 'done', rows: 1 });
    expect(outcome.peakBytes).toBeLessThan(most);
    return outcome;
  } finally {
    rmSync(path);
  }
}

const short = Buffer.from('short');
const huge = Buffer.alloc(300e6, 'x');
const long = Buffer.alloc(1e6, 'y');
const twoHuge = (): Uint8Array => Buffer.concat([plain(huge), plain(short)]);

const column = (name: string, pages: HostileColumn['pages']): HostileColumn => ({ name, pages });
const shorts = (name: string, rows: number): HostileColumn =>
  column(name, [
    { kind: 'dictionary', entries: 1, body: plain(short) },
    { entries: rows, encoding: 8, body: firstIndexes(rows) },
  ]);
const repeated = (name: string, value: Uint8Array, rows: number): HostileColumn =>
  column(name, [
    { kind: 'dictionary', entries: 1, body: plain(value) },
    { entries: rows, encoding: 8, body: firstIndexes(rows) },
  ]);

interface HostileFile {
  readonly rows: number;
  readonly columns: () => readonly HostileColumn[];
  readonly code: 0 | 3;
  /** Of its error. */
  readonly error?: RegExp;
}

const tooLarge = /and --max-text-bytes lets \d+ be held at once; raise --max-text-bytes/;
const damaged = /is damaged in row group 0: /;

const asParquet: Readonly<Record<string, HostileFile>> = {
  'a dictionary of 300 MB': {
    rows: 2,
    columns: () => [
      column('text', [
        { kind: 'dictionary', entries: 2, body: twoHuge() },
        { entries: 2, encoding: 8, body: firstIndexes(2) },
      ]),
    ],
    code: 3,
    error: tooLarge,
  },
  'a text that is repeated by its beginning': {
    rows: 2000,
    columns: () => [
      column('text', [{ entries: 2000, encoding: 7, body: repeatedDelta(long, 2000) }]),
    ],
    code: 3,
    error: tooLarge,
  },
  'a page of 67 million texts': {
    rows: 2 ** 26,
    columns: () => [shorts('text', 2 ** 26)],
    code: 3,
    error: tooLarge,
  },
  'a page of empty texts': {
    rows: 25e6,
    columns: () => [column('text', [{ entries: 25e6, body: new Uint8Array(100e6) }])],
    code: 3,
    error: tooLarge,
  },
  'more rows in the footer than there are': {
    rows: 2 ** 40,
    columns: () => [shorts('text', 2)],
    code: 3,
    error: damaged,
  },
  'lists without end beside the text': {
    rows: 2,
    columns: () => [
      shorts('text', 2),
      {
        ...column('other', [
          { kind: 'dictionary', entries: 1, body: plain(long) },
          {
            entries: 2 ** 26,
            encoding: 8,
            body: Buffer.concat([
              levelsOf(1, 2 ** 26),
              levelsOf(1, 2 ** 26),
              firstIndexes(2 ** 26),
            ]),
          },
        ]),
        repetition: 2,
      },
    ],
    code: 0,
  },
};

const toJsonLines: Readonly<Record<string, HostileFile>> = {
  ...asParquet,
  'lists without end beside the text': {
    rows: 2,
    columns: asParquet['lists without end beside the text']?.columns ?? (() => []),
    code: 3,
    error: tooLarge,
  },
  'a page of 300 MB beside the text': {
    rows: 2,
    columns: () => [shorts('text', 2), column('other', [{ entries: 2, body: twoHuge() }])],
    code: 3,
    error: tooLarge,
  },
  'a long value in every row beside the text': {
    rows: 600,
    columns: () => [shorts('text', 600), repeated('other', long, 600)],
    code: 0,
  },
  ...Object.fromEntries(
    (['gzip', 'brotli', 'zstd'] as const).map((codec): [string, HostileFile] => [
      `a page that holds more than its header says (${codec})`,
      {
        rows: 2,
        columns: () => [
          shorts('text', 2),
          { ...column('other', [{ entries: 2, body: twoHuge(), claim: 100 }]), codec },
        ],
        code: 3,
        error: damaged,
      },
    ]),
  ),
};

describe.skipIf(!hasPeakMemory)('under --max-text-bytes, beside a good file', () => {
  const cases = [
    ...Object.entries(asParquet).map(([what, file]) => ({ what, file, flags: [] })),
    ...Object.entries(toJsonLines).map(([what, file]) => ({
      what,
      file,
      flags: ['--format', 'jsonl'],
    })),
  ];
  test.each(cases)(
    'Parquet $flags: $what',
    async ({ file: { rows, columns, code, error }, flags }) => {
      const write = (path: string): void => writeHostileParquet(path, rows, columns());
      const outcome = await editBeside(write, 'bad.parquet', flags);
      expect(outcome.code).toBe(code);
      if (error !== undefined) expect(outcome.stdout).toMatch(error);
    },
  );

  test.each([
    ['zstd', 100n],
    ['zstd', 2n ** 31n + 5n],
    ['lz4', 100n],
    ['lz4', -5n],
    ['lz4', 2n ** 60n],
  ] as const)('Arrow: %s data that say they hold %s bytes', async (compression, lie) => {
    const write = async (path: string): Promise<void> => {
      await writeArrow(path, { compression })(Readable.from([batchOfHuge()]));
      writeFileSync(path, withStatedSize(readFileSync(path), lie));
    };
    const { code, stdout } = await editBeside(write, 'bad.arrow', []);
    expect(code).toBe(3);
    expect(stdout).toMatch(tooLarge);
  });

  test('ZIP: members that inflate, as Arrow and as a line of JSON', async () => {
    const write = async (path: string): Promise<void> => {
      await writeArrow(path, { compression: 'none', format: 'stream' })(
        Readable.from([batchOfHuge()]),
      );
      const line = Buffer.concat([Buffer.from('{"text":"'), huge, Buffer.from('"}\n')]);
      const members = [
        { name: 'a.arrows', bytes: readFileSync(path) },
        { name: 'b.jsonl', bytes: line, size: 100 },
        { name: 'c.jsonl', bytes: Buffer.from('{"text":"a good text"}\n') },
      ];
      writeFileSync(path, zipOf(members));
    };
    const { code, stdout } = await editBeside(write, 'bad.zip', []);
    expect(code).toBe(3);
    expect(stdout).toMatch(tooLarge);
    const { files } = JSON.parse(stdout) as { files: { input: string; status: string }[] };
    expect(files.find(({ input }) => input.endsWith('c.jsonl'))?.status).toBe('done');
  });

  test.each([[[]], [['--format', 'parquet']], [['--format', 'arrow']]])(
    'JSON Lines %s: long fields beside the texts',
    async (flags) => {
      const line = `{"text":"short","other":"${'v'.repeat(7.9e6)}"}\n`;
      const frame = compressZstd(Buffer.from(line));
      const write = (path: string): void =>
        writeFileSync(path, Buffer.concat(Array.from({ length: 60 }, () => frame)));
      const { code } = await editBeside(write, 'bad.jsonl.zst', flags);
      expect(code).toBe(0);
    },
  );
});

function batchOfHuge(): RecordBatch {
  const type = new Utf8();
  const valueOffsets = Int32Array.of(0, huge.length);
  const data = makeData({ type, length: 1, nullCount: 0, valueOffsets, data: huge });
  const schema = new Schema([new Field('text', type, true)]);
  const struct = { type: new Struct(schema.fields), length: 1, nullCount: 0, children: [data] };
  return new RecordBatch(schema, makeData(struct));
}

/** Buffers are each behind the size that they have once decompressed: of the offsets this is 8. */
function withStatedSize(bytes: Buffer, lie: bigint): Buffer {
  const stated = Buffer.alloc(8);
  stated.writeBigInt64LE(BigInt(huge.length));
  const at = bytes.lastIndexOf(stated);
  expect(at).toBeGreaterThan(0);
  bytes.writeBigInt64LE(lie, at);
  return bytes;
}
