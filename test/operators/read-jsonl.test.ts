import { readFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { type ReadJsonlOptions, readJsonl } from '#toedit/operators/formats/read-jsonl';
import { compressZstd, zstdReady } from '#toedit/src/compression/zstd';
import { jsonLinesLayout } from '#toedit/src/json/json-lines-layout';
import { openFiles } from '../open-resources.ts';
import { hasSharedData, sharedData } from '../shared-data.ts';
import { chunksOf, jsonLinesFile, linesOf, textsOf } from './json-lines.ts';
import { collect } from './text-batch.ts';

beforeAll(() => zstdReady());

const encode = (text: string | Uint8Array): Uint8Array =>
  typeof text === 'string' ? new TextEncoder().encode(text) : text;
const read = (text: string | Uint8Array, options?: ReadJsonlOptions) =>
  collect(readJsonl(chunksOf(encode(text), 5), options));

const wraps = {
  plain: (bytes: Uint8Array) => bytes,
  gzip: (bytes: Uint8Array) => gzipSync(bytes),
  zstd: (bytes: Uint8Array) => compressZstd(bytes),
};

describe.each(['plain', 'gzip', 'zstd'] as const)('readJsonl of %s', (kind) => {
  test('gives every byte back, and every text, whatever the chunks and batches', async () => {
    const shape = fc.record({
      size: fc.integer({ min: 1, max: 300 }),
      batchRows: fc.integer({ min: 1, max: 9 }),
      batchBytes: fc.integer({ min: 1, max: 300 }),
    });
    await fc.assert(
      fc.asyncProperty(jsonLinesFile, shape, async (file, { size, batchRows, batchBytes }) => {
        const objects = file
          .split('\n')
          .map((line) => line.replace('\ufeff', '').trim())
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as { readonly text: unknown });
        const bytes = wraps[kind](encode(file));
        const batches = await collect(
          readJsonl(chunksOf(bytes, size), { batchRows, batchBytes, name: 'x' }),
        );
        expect(batches.length).toBeGreaterThan(0);
        expect(batches.every((batch) => batch.numRows <= batchRows)).toBe(true);
        expect(textsOf(batches, 'text')).toEqual(
          objects.map((object) => (typeof object.text === 'string' ? object.text : null)),
        );
        const blank = jsonLinesLayout(batches[0]?.schema as never)?.blank ?? new Uint8Array(0);
        expect(Buffer.concat([blank, linesOf(batches)]).toString()).toBe(file);
      }),
    );
  });
});

test('the text is null where there is no string, or no UTF-8', async () => {
  const lines = ['{"text":"a"}', '{}', '{"text":null}', '{"text":5}', '{"text":["a"]}'];
  const broken = ['{"text":"\\ud800"}', '{"text":"\\udc00\\ud800"}', '{"text":"\\ud83d\\ude00"}'];
  const bytes = Buffer.concat([
    encode([...lines, ...broken, ''].join('\n')),
    encode('{"text":"'),
    Uint8Array.of(0xff),
    encode('"}\n{"text":"b","x":"'),
    Uint8Array.of(0xed, 0xa0, 0x80),
    encode('"}\n'),
  ]);
  const batches = await read(bytes);
  const texts = ['a', null, null, null, null, null, null, '😀', null, null];
  expect(textsOf(batches, 'text')).toEqual(texts);
  expect(linesOf(batches)).toEqual(bytes);
});

test('further fields are columns: strings as text, other values as they are written', async () => {
  const values = ['"\\u0061"', '9007199254740993', '1.50', 'null', '{"a": [1]}', 'true'];
  const lines = [...values.map((id) => `{"id":${id},"text":"t"}`), '{"text":"t"}'];
  const batches = await read(lines.join('\n'), { columns: ['id', 'text'] });
  const ids = ['a', '9007199254740993', '1.50', null, '{"a": [1]}', 'true', null];
  expect(textsOf(batches, 'id')).toEqual(ids);
  expect(batches[0]?.schema.fields.map(String)).toEqual(['text: Utf8', 'id: Utf8', 'line: Binary']);
});

test('a field named line keeps its name', async () => {
  const [batch] = await read('{"line":"a"}', { textColumn: 'line' });
  expect(batch?.schema.names).toEqual(['line', 'line_']);
  expect(jsonLinesLayout(batch?.schema as never)).toMatchObject({ text: 'line', line: 'line_' });
});

test('no line gives one record batch of no rows', async () => {
  for (const text of ['', '\n\n', '\ufeff']) {
    const batches = await read(text);
    expect(batches.map((batch) => batch.numRows)).toEqual([0]);
    expect(batches[0]?.schema.names).toEqual(['text', 'line']);
  }
});

test('a bad line is named', async () => {
  const lines = read('{"text":""}\n\n\r\n[]\n{"text":""}\n', { name: 'x.jsonl' });
  await expect(lines).rejects.toMatchObject({
    code: 'FILE_CORRUPT',
    message:
      'x.jsonl: line 4 is not a JSON object: expected "{" at byte 3, found "["; correct or remove the line',
    place: { file: 'x.jsonl', line: 4 },
  });
});

test('a field that no row has is missing, and those there are named', async () => {
  const file = '{"id":1,"body":""}\n{"body":"","more":2}';
  await expect(read(file, { name: 'x' })).rejects.toMatchObject({
    code: 'COLUMN_MISSING',
    message:
      'x: no field "text" in the first 2 rows: the fields are "id", "body", "more"; name one of them',
  });
  await expect(read(file, { textColumn: 'body', columns: ['key'] })).rejects.toMatchObject({
    code: 'COLUMN_MISSING',
  });
  expect(textsOf(await read(file, { textColumn: 'more' }), 'more')).toEqual([null, null]);
});

test.each([
  ['batchRows', { batchRows: 0 }],
  ['batchRows', { batchRows: 1.5 }],
  ['batchBytes', { batchBytes: Number.NaN }],
])('refuses a bad %s at once', (name, options) => {
  expect(() => readJsonl('x', options)).toThrow(`${name} must be a whole number from 1 on`);
});

test('a file that is not there, or a directory', async () => {
  for (const path of ['no/such/file.jsonl', '.']) {
    await expect(collect(readJsonl(path))).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      place: { file: path },
    });
  }
});

test('reads no further than it is pulled, and closes its source', async () => {
  const line = `{"text":"${'x'.repeat(990)}"}\n`;
  let given = 0;
  let isClosed = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (; ; given++) yield encode(line);
    } finally {
      isClosed = true;
    }
  }
  const source = readJsonl(endless(), { batchRows: 10 })[Symbol.asyncIterator]();
  await source.next();
  await source.next();
  expect(given).toBeLessThan(25);
  await source.return?.();
  expect(isClosed).toBe(true);
});

describe.skipIf(!hasSharedData)('corpora', () => {
  test.each(['poems.jsonl.gz', 'poems.jsonl.zst'])('%s', async (file) => {
    const expected = gunzipSync(readFileSync(`${sharedData}poems.jsonl.gz`));
    const batches = await collect(readJsonl(sharedData + file, { columns: ['id'] }));
    expect(linesOf(batches).equals(expected)).toBe(true);
    const objects = expected.toString().trimEnd().split('\n');
    const rows = objects.map((line) => JSON.parse(line) as Record<'id' | 'text', string>);
    expect(textsOf(batches, 'text')).toEqual(rows.map((row) => row.text));
    expect(textsOf(batches, 'id')).toEqual(rows.map((row) => row.id));
    expect(rows.length).toBe(4000);
  });

  test.each([
    ['bad-line.jsonl', 'line 12 is not a JSON object: unterminated string at byte 18'],
    ['truncated.jsonl.gz', 'its gzip data is damaged or cut short (unexpected end of file)'],
    ['truncated.jsonl.zst', 'its zstd data is damaged or cut short (it ends within a frame)'],
  ])('broken/%s', async (file, message) => {
    const path = `${sharedData}broken/${file}`;
    await expect(collect(readJsonl(path))).rejects.toMatchObject({
      code: 'FILE_CORRUPT',
      message: expect.stringContaining(`${path}: ${message}`) as string,
    });
    expect(openFiles(sharedData)).toEqual([]);
  });

  test('abort closes the file', async () => {
    const controller = new AbortController();
    const run = pipeline(
      readJsonl(`${sharedData}poems.jsonl.gz`, { batchRows: 10 }),
      async (source: AsyncIterable<unknown>) => {
        for await (const _ of source) controller.abort();
      },
      { signal: controller.signal },
    );
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
    await expect.poll(() => openFiles(sharedData)).toEqual([]);
  });
});
