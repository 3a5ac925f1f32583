import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Field, Utf8 } from 'apache-arrow';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ReadZipOptions, readZip } from '#toedit/operators/formats/read-zip';
import { writeArrow } from '#toedit/operators/formats/write-arrow';
import { writeParquet } from '#toedit/operators/formats/write-parquet';
import { ToeditError } from '#toedit/src/errors';
import { openFiles } from '../open-resources.ts';
import { recordBatchOf } from '../record-batch-of.ts';
import { hasSharedData, hasSharedFaults, sharedData, sharedFaults } from '../shared-data.ts';
import { type ArchiveMember, zipArchive } from '../src/zip/zip-archive.ts';
import { textsOf } from './json-lines.ts';
import { collect, countedSource } from './text-batch.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-read-zip-'));
const temporaryDirectory = mkdtempSync(join(directory, 'spool-'));
afterAll(() => rmSync(directory, { recursive: true }));

const batch = recordBatchOf([{ field: new Field('text', new Utf8(), true), values: ['a', null] }]);
const files: Record<'parquet' | 'arrow' | 'arrows', Buffer> = {
  parquet: Buffer.alloc(0),
  arrow: Buffer.alloc(0),
  arrows: Buffer.alloc(0),
};
beforeAll(async () => {
  const path = join(directory, 'file');
  const make = async (sink: ReturnType<typeof writeArrow>): Promise<Buffer> => {
    await sink(countedSource([batch]).source);
    return readFileSync(path);
  };
  const overwrite = true;
  files.parquet = await make(writeParquet(path, { overwrite }));
  files.arrow = await make(writeArrow(path, { overwrite }));
  files.arrows = await make(writeArrow(path, { overwrite, format: 'stream' }));
});

let count = 0;
const archive = (members: readonly ArchiveMember[]): string => {
  const path = join(directory, `${count++}.zip`);
  writeFileSync(path, zipArchive(members));
  return path;
};

/** What each member gave: its texts, why it was skipped, or its error. */
const read = async (path: string, options: ReadZipOptions = {}) => {
  const seen: [string, unknown][] = [];
  for await (const member of readZip(path, { temporaryDirectory, ...options })) {
    const { name } = member;
    if (member.status === 'skipped') seen.push([name, member.reason]);
    else if (member.status === 'failed') seen.push([name, member.error.code]);
    else {
      expect(readdirSync(temporaryDirectory)).toHaveLength(member.path === null ? 0 : 1);
      const texts = await collect(member.source).then(
        (batches) => textsOf(batches, options.jsonl?.textColumn ?? 'text'),
        (error: unknown) => error,
      );
      seen.push([`${name}: ${member.format.kind}`, texts]);
    }
  }
  expect(readdirSync(temporaryDirectory)).toEqual([]);
  expect(openFiles(directory)).toEqual([]);
  return seen;
};

const lines = Buffer.from('{"text":"a"}\n{"text":null}\n');

test('reads every kind of member, by content, in the order of the names', async () => {
  const path = archive([
    { name: 'd/c.arrows', bytes: files.arrows },
    { name: 'd/', bytes: Buffer.alloc(0), method: 0 },
    { name: 'd/b.parquet', bytes: files.arrow },
    { name: 'd/a', bytes: files.parquet },
    { name: 'e.jsonl', bytes: lines, isStreamed: true },
    { name: 'f.txt', bytes: gzipSync(lines) },
    { name: 'README.md', bytes: Buffer.from('# Readme') },
    { name: '__MACOSX/._e.jsonl', bytes: lines },
    { name: 'empty.txt', bytes: Buffer.alloc(0) },
  ]);
  expect(await read(path)).toEqual([
    ['README.md', 'not a data file'],
    ['__MACOSX/._e.jsonl', 'hidden'],
    ['d/a: parquet', ['a', null]],
    ['d/b.parquet: arrow-file', ['a', null]],
    ['d/c.arrows: arrow-stream', ['a', null]],
    ['e.jsonl: jsonl', ['a', null]],
    ['empty.txt', expect.stringMatching(/^plain text is not read/)],
    ['f.txt: jsonl', ['a', null]],
  ]);
});

test('a member that fails does not stop the others', async () => {
  const flip = (packed: Uint8Array): void => {
    packed[packed.length - 1] = (packed.at(-1) ?? 0) ^ 1;
  };
  const path = archive([
    { name: 'a.parquet', bytes: files.parquet, method: 0, damage: flip },
    { name: 'b.parquet', bytes: Buffer.from('this is not parquet') },
    { name: 'c.parquet', bytes: files.parquet.subarray(0, 50) },
    { name: 'd.jsonl', bytes: Buffer.concat(Array(9000).fill(lines)), method: 0, damage: flip },
    { name: 'e.jsonl', bytes: lines, isEncrypted: true },
    { name: 'f.jsonl', bytes: lines },
    { name: 'g.zip', bytes: zipArchive([]) },
    { name: 'h', bytes: lines, method: 12 },
  ]);
  const [a, b, c, d, ...others] = await read(path);
  expect([a, b]).toEqual([
    ['a.parquet', 'FILE_CORRUPT'],
    ['b.parquet', 'FORMAT_UNKNOWN'],
  ]);
  expect(c?.[1]).toMatchObject({
    code: 'FILE_CORRUPT',
    message: expect.stringContaining(`${path}/c.parquet`) as string,
    place: { file: `${path}/c.parquet` },
  });
  expect(String(c?.[1])).not.toContain(temporaryDirectory);
  expect(d?.[1]).toMatchObject({ code: 'FILE_CORRUPT', place: { file: `${path}/d.jsonl` } });
  expect(others).toEqual([
    ['e.jsonl', 'UNSUPPORTED'],
    ['f.jsonl: jsonl', ['a', null]],
    ['g.zip', 'FORMAT_UNKNOWN'],
    ['h', 'UNSUPPORTED'],
  ]);
});

test('a member whose name no file can have does not stop the others, and what is no data is left out', async () => {
  const path = archive([
    { name: '', bytes: lines },
    { name: '../a.jsonl', bytes: lines },
    { name: '../README', bytes: Buffer.from('# Readme') },
    { name: './a.jsonl', bytes: lines },
    { name: `${'x'.repeat(300)}.jsonl`, bytes: lines },
    { name: 'a\0.jsonl', bytes: lines },
    { name: 'b', bytes: lines },
    { name: 'b/c', bytes: lines },
    { name: 'd/', bytes: lines },
    { name: '', nameBytes: Buffer.from('\xe9', 'latin1'), bytes: lines },
    { name: '', nameBytes: Buffer.from('.\xe9', 'latin1'), bytes: lines },
  ]);
  expect(await read(path)).toEqual([
    ['', 'FILE_CORRUPT'],
    ['../README', 'not a data file'],
    ['../a.jsonl', 'FILE_CORRUPT'],
    ['./a.jsonl: jsonl', ['a', null]],
    ['.\\xe9', 'hidden'],
    ['\\xe9', 'FILE_CORRUPT'],
    ['a\0.jsonl', 'FILE_CORRUPT'],
    ['b', 'FILE_CORRUPT'],
    ['b/c: jsonl', ['a', null]],
    ['d/', 'FILE_CORRUPT'],
    [`${'x'.repeat(300)}.jsonl`, 'FILE_CORRUPT'],
  ]);
});

test("any bit that flips in a stored member is that member's error, and only its own", async () => {
  const others = [
    { name: 'a.jsonl', bytes: lines },
    { name: 'z.arrows', bytes: files.arrows },
  ];
  const damagedMembers = fc.constantFrom('arrows', 'jsonl').chain((kind) => {
    const bytes = kind === 'jsonl' ? lines : Buffer.concat([files.arrows, Buffer.alloc(70_000)]);
    return fc.record({ kind: fc.constant(kind), bytes: fc.constant(bytes), bit: bitOf(bytes) });
  });
  await fc.assert(
    fc.asyncProperty(damagedMembers, async ({ kind, bytes, bit }) => {
      const damage = (packed: Uint8Array): void => flipBit(packed, bit);
      const name = `m.${kind}`;
      const path = archive([...others, { name, bytes, method: 0, damage }]);
      const [first, damaged, last] = await read(path);
      expect([first, last]).toEqual([
        ['a.jsonl: jsonl', ['a', null]],
        ['z.arrows: arrow-stream', ['a', null]],
      ]);
      const error: unknown = damaged?.[1];
      const code = error instanceof ToeditError ? error.code : error;
      // What no longer looks like data at its beginning is told apart before a byte is checked.
      expect(bit < 64 ? ['FILE_CORRUPT', 'FORMAT_UNKNOWN'] : ['FILE_CORRUPT']).toContain(code);
    }),
  );
});

test('an Arrow stream in an archive may be left early', async () => {
  const path = archive([{ name: 'a.arrows', bytes: Buffer.concat([files.arrows, files.arrows]) }]);
  for await (const member of readZip(path)) {
    if (member.status !== 'data') throw new Error('expected data');
    for await (const _ of member.source) break;
  }
  await expect.poll(() => openFiles(directory)).toEqual([]);
});

const bitOf = (bytes: Uint8Array) => fc.nat({ max: 8 * bytes.length - 1 });

function flipBit(bytes: Uint8Array, bit: number): void {
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
}

test('JSON Lines options reach the members', async () => {
  const path = archive([{ name: 'a.jsonl', bytes: Buffer.from('{"body":"x"}') }]);
  expect(await read(path, { jsonl: { textColumn: 'body' } })).toEqual([['a.jsonl: jsonl', ['x']]]);
});

test('leaving early, in the middle of a member or before, leaves nothing behind', async () => {
  const path = archive([
    { name: 'a.parquet', bytes: files.parquet },
    { name: 'b.parquet', bytes: files.parquet },
  ]);
  for await (const member of readZip(path, { temporaryDirectory })) {
    if (member.status === 'data') for await (const _ of member.source) break;
    break;
  }
  for await (const member of readZip(path, { temporaryDirectory })) {
    expect(member.name).toBe('a.parquet');
    break;
  }
  expect(readdirSync(temporaryDirectory)).toEqual([]);
  await expect.poll(() => openFiles(directory)).toEqual([]);
});

test('an abort ends the reading and removes the temporary file', async () => {
  const path = archive([
    { name: 'a.parquet', bytes: files.parquet },
    { name: 'b.parquet', bytes: files.parquet },
  ]);
  const controller = new AbortController();
  const run = async (): Promise<void> => {
    const options = { temporaryDirectory, signal: controller.signal };
    for await (const member of readZip(path, options)) {
      expect(member.name).toBe('a.parquet');
      controller.abort();
    }
  };
  await expect(run()).rejects.toMatchObject({ name: 'AbortError' });
  expect(readdirSync(temporaryDirectory)).toEqual([]);
});

test('a temporary directory that is not there', async () => {
  const path = archive([{ name: 'a.parquet', bytes: files.parquet }]);
  const [member] = await collect(readZip(path, { temporaryDirectory: join(directory, 'no') }));
  expect(member).toMatchObject({ status: 'failed', error: { code: 'WRITE_FAILED' } });
});

describe.skipIf(!hasSharedData)('corpora', () => {
  test('shards.zip', async () => {
    const seen = await read(`${sharedData}shards.zip`);
    expect(
      seen.map(([name, texts]) => [name, Array.isArray(texts) ? texts.length : texts]),
    ).toEqual([
      ['corpus/README.md', 'not a data file'],
      ['corpus/part-00000.parquet: parquet', 20],
      ['corpus/part-00001.parquet: parquet', 20],
      ['corpus/part-00002.parquet: parquet', 20],
      ['corpus/part-00003.parquet: parquet', 20],
      ['corpus/part-00004.jsonl: jsonl', 195],
    ]);
  });

  test('broken/flipped.zip: one member fails, the others are read', async () => {
    const seen = await read(`${sharedData}broken/flipped.zip`);
    expect(seen[1]).toEqual(['corpus/part-00000.parquet', 'FILE_CORRUPT']);
    expect(seen).toHaveLength(6);
    expect(seen.slice(2).every(([, texts]) => Array.isArray(texts))).toBe(true);
  });

  test('broken/truncated.zip', async () => {
    await expect(read(`${sharedData}broken/truncated.zip`)).rejects.toMatchObject({
      code: 'FILE_CORRUPT',
      message: expect.stringContaining('its end is missing') as string,
    });
  });
});

describe.skipIf(!hasSharedFaults)('archives that went wrong', () => {
  const names = hasSharedFaults ? readdirSync(sharedFaults) : [];
  const archives = names.filter((name) => name.startsWith('zip-arrow-stream-crc-not-checked'));

  test.each(archives)('%s: the Arrow stream fails, the others are read', async (name) => {
    const [lines, parquet, arrows] = await read(`${sharedFaults}${name}`);
    expect([lines?.[0], parquet?.[0]]).toEqual(['a/x.jsonl: jsonl', 'b.parquet: parquet']);
    expect([lines?.[1], parquet?.[1]]).toEqual([expect.any(Array), expect.any(Array)]);
    expect(arrows?.[1]).toMatchObject({
      code: 'FILE_CORRUPT',
      message: expect.stringContaining('its checksum (CRC-32) differs') as string,
    });
  });
});
