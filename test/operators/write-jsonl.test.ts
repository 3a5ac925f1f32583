import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Binary, Field, Int64, List, type RecordBatch, Struct, Utf8 } from 'apache-arrow';
import fc from 'fast-check';
import { decompress as unzstd } from 'fzstd';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readJsonl } from '#toedit/operators/formats/read-jsonl';
import {
  spliceLines,
  type WriteJsonlOptions,
  writeJsonl,
} from '#toedit/operators/formats/write-jsonl';
import { rebatch } from '#toedit/operators/rebatch';
import { withColumns } from '#toedit/src/arrow/columns';
import { joinTexts, replaceTextColumn, textColumn } from '#toedit/src/arrow/text-column';
import { editsType, tokenLogprobsType } from '#toedit/src/columns';
import type { Source } from '#toedit/src/operator';
import { recordBatchOf } from '../record-batch-of.ts';
import { hasSharedData, sharedData } from '../shared-data.ts';
import { chunksOf, jsonLinesFile, linesOf, textsOf } from './json-lines.ts';
import { collect, countedSource } from './text-batch.ts';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'toedit-write-jsonl-'));
});
afterAll(() => rm(directory, { recursive: true }));

let count = 0;
const write = async (
  batches: Source | readonly RecordBatch[],
  options: WriteJsonlOptions = {},
): Promise<Buffer> => {
  const path = join(directory, `${count++}.jsonl`);
  const source = Symbol.asyncIterator in batches ? batches : countedSource(batches).source;
  const result = await writeJsonl(path, options)(source);
  const bytes = readFileSync(path);
  expect(result).toMatchObject({ path, bytes: bytes.length });
  return bytes;
};

const readText = (text: string, columns: readonly string[] = []): Source =>
  readJsonl(chunksOf(Buffer.from(text), 11), { columns });

/** Upper case for lower, so that many texts change and some do not. */
async function* shout(source: Source): Source {
  for await (const batch of source) {
    const column = textColumn(batch, 'text');
    const texts = Array.from({ length: batch.numRows }, (_, row) =>
      Buffer.from(Buffer.from(column.bytes(row)).toString().toUpperCase()),
    );
    yield replaceTextColumn(batch, 'text', joinTexts(texts, column.validity));
  }
}

const shoutLine = (line: string): string => {
  const object = JSON.parse(line) as Record<string, unknown>;
  const { text } = object;
  return JSON.stringify(
    typeof text === 'string' ? { ...object, text: text.toUpperCase() } : object,
  );
};

const unpack = { none: (b: Buffer) => b, gzip: gunzipSync, zstd: (b: Buffer) => unzstd(b) };

describe.each(['none', 'gzip', 'zstd'] as const)('lines, compression %s', (compression) => {
  test('a file that is not edited comes out byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(jsonLinesFile, async (file) => {
        const bytes = await write(readText(file, ['id']), { compression });
        expect(Buffer.from(unpack[compression](bytes)).toString()).toBe(file);
      }),
      { numRuns: 60 },
    );
  });
});

test('an edited file differs in the texts alone, however it is cut into record batches', async () => {
  await fc.assert(
    fc.asyncProperty(jsonLinesFile, fc.integer({ min: 1, max: 9 }), async (file, rows) => {
      const batches = rebatch({ rows })(shout(readText(file)));
      const expected = file.replace(/\{[^\n]*\}/g, shoutLine);
      expect((await write(batches)).toString()).toBe(expected);
      const spliced = await collect(spliceLines()(shout(readText(file))));
      if (expected.includes('{')) expect(linesOf(spliced).toString()).toBe(expected);
    }),
  );
});

test('added columns become members of the lines', async () => {
  const edit = {
    ...{ position: 1, byte_offset: 2n ** 60n, old_id: 5, new_id: null, logprob: -0.5 },
    ...{ new_logprob: null, rank: 3 },
  };
  const [batch] = await collect(readText('{"text": "a"} \n{"text":null}\r\n{}', []));
  const added = recordBatchOf([
    { field: new Field('edits', editsType, true), values: [[edit], [], null] },
    {
      field: new Field('token_logprobs', tokenLogprobsType, true),
      values: [[null, Math.fround(-0.1)], null, []],
    },
  ]);
  const columns = added.schema.fields.map((field, index) => ({
    field,
    data: added.data.children[index] as never,
  }));
  const bytes = await write([withColumns(batch as RecordBatch, columns)]);
  const first = `{"position":1,"byte_offset":${2n ** 60n},"old_id":5,"new_id":null,"logprob":-0.5,"new_logprob":null,"rank":3}`;
  expect(bytes.toString()).toBe(
    `{"text": "a","edits":[${first}],"token_logprobs":[null,-0.1]} \n` +
      '{"text":null,"edits":[],"token_logprobs":null}\r\n' +
      '{"edits":null,"token_logprobs":[]}',
  );
  const taken = await collect(readText('{"text":"a","edits":1}\n{"text":"b"}\n{"text":"c"}'));
  await expect(write([withColumns(taken[0] as RecordBatch, columns)])).rejects.toMatchObject({
    code: 'COLUMN_EXISTS',
  });
});

test('other record batches give an object of all columns a row', async () => {
  const batch = recordBatchOf([
    { field: new Field('id', new Int64(), false), values: [2n ** 62n, -1n] },
    { field: new Field('text', new Utf8(), true), values: ['é "x"\n', null] },
    {
      field: new Field('meta', new Struct([new Field('k', new List(new Field('i', new Utf8())))])),
      values: [{ k: ['a', null] }, { k: [] }],
    },
  ]);
  expect((await write([batch, batch.slice(0, 0), batch.slice(1, 2)])).toString()).toBe(
    `{"id":${2n ** 62n},"text":"é \\"x\\"\\n","meta":{"k":["a",null]}}\n` +
      '{"id":-1,"text":null,"meta":{"k":[]}}\n{"id":-1,"text":null,"meta":{"k":[]}}\n',
  );
});

test('a binary text column is text, and what is not UTF-8 is base64; other binary is base64', async () => {
  const values = [Buffer.from('é'), Uint8Array.of(0xff), null];
  const batch = recordBatchOf([
    { field: new Field('body', new Binary(), true), values },
    { field: new Field('raw', new Binary(), true), values },
  ]);
  expect((await write([batch], { textColumn: 'body' })).toString()).toBe(
    '{"body":"é","raw":"w6k="}\n{"body":{"base64":"/w=="},"raw":"/w=="}\n{"body":null,"raw":null}\n',
  );
});

test.each(['none', 'gzip', 'zstd'] as const)(
  '%s: the same bytes however the rows are cut, over many frames',
  async (compression) => {
    const texts = Array.from({ length: 3000 }, (_, i) => `${i} `.repeat(200 + (i % 97)));
    const field = new Field('text', new Utf8(), false);
    const batch = recordBatchOf([{ field, values: texts }]);
    const pieces = Array.from({ length: 30 }, (_, i) => batch.slice(i * 100, i * 100 + 100));
    const whole = await write([batch], { compression });
    expect((await write(pieces, { compression })).equals(whole)).toBe(true);
    const plain = Buffer.from(unpack[compression](whole));
    expect(plain.length).toBeGreaterThan(3 * 2 ** 20);
    expect(textsOf(await collect(readJsonl(chunksOf(whole, 50_000))), 'text')).toEqual(texts);
  },
);

test('nothing at all is still a file of its kind', async () => {
  const batch = recordBatchOf([{ field: new Field('text', new Utf8(), true), values: [] }]);
  expect(await write([batch])).toHaveLength(0);
  for (const compression of ['gzip', 'zstd'] as const) {
    const bytes = await write([batch], { compression });
    expect(bytes.length).toBeGreaterThan(0);
    expect(unpack[compression](bytes)).toHaveLength(0);
  }
});

describe('what fails leaves no file', () => {
  const batch = recordBatchOf([{ field: new Field('text', new Utf8(), true), values: ['a'] }]);
  const failing = () => countedSource([batch, batch], new Error('the source failed'));

  test.each(['none', 'gzip', 'zstd'] as const)('a source that fails, %s', async (compression) => {
    const before = readdirSync(directory);
    const { source, seen } = failing();
    const sink = writeJsonl(join(directory, 'failed.jsonl'), { compression });
    await expect(sink(source)).rejects.toThrow('the source failed');
    expect(seen.isReleased).toBe(true);
    expect(readdirSync(directory)).toEqual(before);
  });

  test.each(['none', 'gzip', 'zstd'] as const)('an abort, %s', async (compression) => {
    const before = readdirSync(directory);
    const controller = new AbortController();
    async function* endless(): Source {
      for (let i = 0; ; i++) {
        if (i === 100) controller.abort();
        yield batch;
        await new Promise(setImmediate);
      }
    }
    const sink = writeJsonl(join(directory, 'aborted.jsonl'), { compression });
    await expect(sink(endless(), { signal: controller.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(readdirSync(directory)).toEqual(before);
  });

  test('a file that exists, unless it may be overwritten', async () => {
    const path = join(directory, 'exists.jsonl');
    writeFileSync(path, 'old');
    const { source } = countedSource([batch]);
    await expect(writeJsonl(path)(source)).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
    await writeJsonl(path, { overwrite: true })(countedSource([batch]).source);
    expect(readFileSync(path, 'utf8')).toBe('{"text":"a"}\n');
  });

  test('a full disk', async () => {
    const { source } = countedSource([batch]);
    await expect(writeJsonl('/dev/full/x.jsonl')(source)).rejects.toMatchObject({
      code: 'WRITE_FAILED',
    });
  });

  test('an unknown compression', () => {
    const compression = 'brotli' as never;
    expect(() => writeJsonl('x', { compression })).toThrow(
      'compression is brotli: choose one of none, gzip, zstd',
    );
  });
});

test('pulls one record batch at a time', async () => {
  const text = 'x'.repeat(2 ** 20);
  const field = new Field('text', new Utf8(), false);
  const batch = recordBatchOf([{ field, values: [text] }]);
  let open = 0;
  let most = 0;
  async function* source(): Source {
    for (let i = 0; i < 20; i++) {
      open++;
      most = Math.max(most, open);
      yield batch;
      open--;
    }
  }
  await write(source());
  expect(most).toBe(1);
});

describe.skipIf(!hasSharedData)('corpora', () => {
  test.each([
    ['poems.jsonl.gz', 'gzip'],
    ['poems.jsonl.zst', 'zstd'],
  ] as const)('%s comes out byte for byte', async (file, compression) => {
    const bytes = await write(readJsonl(sharedData + file), { compression });
    const expected = gunzipSync(readFileSync(`${sharedData}poems.jsonl.gz`));
    expect(Buffer.from(unpack[compression](bytes)).equals(expected)).toBe(true);
  });
});
