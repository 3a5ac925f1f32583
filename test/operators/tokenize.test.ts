import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Binary,
  type DataType,
  Field,
  Int32,
  LargeBinary,
  LargeUtf8,
  type RecordBatch,
  Utf8,
} from 'apache-arrow';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Tokenizing, tokenize } from '#toedit/operators/tokenize';
import { passReasonType, tokenIdsType } from '#toedit/src/columns';
import { loadTokenizer, type PriorTokenizer } from '#toedit/src/model/load-tokenizer';
import { lowerCaseTokenizer, writeJson } from '../fixture-tokenizers.ts';
import { recordBatchOf } from '../record-batch-of.ts';
import { root } from '../sandbox.ts';
import { collect, countedSource, numbered, textBatch } from './text-batch.ts';

let tiny: PriorTokenizer;
beforeAll(async () => {
  tiny = await loadTokenizer(`${root}models/tiny`, 0);
});
afterAll(() => tiny.close());

interface Row {
  readonly ids: readonly number[] | null;
  readonly reason: string | null;
}

async function tokenized(prior: Tokenizing, ...batches: RecordBatch[]): Promise<Row[]> {
  const results = await collect(tokenize(prior)(countedSource(batches).source));
  return results.flatMap((batch) =>
    Array.from({ length: batch.numRows }, (_, row) => {
      const ids = batch.getChild('token_ids')?.get(row) as Iterable<number> | null;
      return {
        ids: ids && [...ids],
        reason: batch.getChild('pass_reason')?.get(row) as string | null,
      };
    }),
  );
}

const spelled = (ids: readonly number[] | null): string =>
  Buffer.concat((ids ?? []).map((id) => tiny.tokenBytes.bytes(id))).toString('utf8');

const types: readonly DataType[] = [new Utf8(), new LargeUtf8(), new Binary(), new LargeBinary()];
const isText = (type: DataType): boolean => String(type).endsWith('Utf8');

describe('tokenize', () => {
  test.each(types.map((type) => ({ type })))('spells each text: $type', async ({ type }) => {
    const rows = fc.array(fc.option(fc.string({ unit: 'binary' })), {
      minLength: 1,
      maxLength: 12,
    });
    const property = fc.asyncProperty(rows, fc.nat(12), async (texts, cut) => {
      const values = texts.map((text) =>
        text === null || isText(type) ? text : Buffer.from(text),
      );
      const batch = recordBatchOf([{ field: new Field('text', type, true), values }]);
      const result = await tokenized(tiny, batch.slice(0, cut), batch.slice(cut));
      expect(result.map(({ ids }) => ids && spelled(ids))).toEqual(texts);
      expect(result.map(({ reason }) => reason)).toEqual(
        texts.map((text) => (text === null ? 'null_text' : null)),
      );
    });
    await fc.assert(property, { numRuns: 25 });
  });

  test('rows of invalid UTF-8 pass, whatever stands beside them', async () => {
    const bytes = [[0x61], [0xff], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xc0, 0x80], [], null];
    const values = bytes.map((row) => row && Uint8Array.from(row));
    const batch = recordBatchOf([{ field: new Field('text', new Binary(), true), values }]);
    const result = await tokenized(tiny, batch);
    expect(result.map(({ reason }) => reason)).toEqual([
      null,
      ...['invalid_utf8', 'invalid_utf8', 'invalid_utf8', 'invalid_utf8'],
      null,
      'null_text',
    ]);
    expect(result.map(({ ids }) => ids && spelled(ids))).toEqual([
      'a',
      null,
      null,
      null,
      null,
      '',
      null,
    ]);
  });

  test('the empty text has no tokens; BOM, special tokens and control characters are kept', async () => {
    const texts = ['', '\ufeffa', 'a<|endoftext|>b', '\u0000\u0001', ' ', '\r\n'];
    const result = await tokenized(tiny, textBatch(numbered(texts)));
    expect(result.map(({ ids }) => spelled(ids))).toEqual(texts);
    expect(result.map(({ reason }) => reason)).toEqual(texts.map(() => null));
    expect(result[0]?.ids).toEqual([]);
    expect(result[2]?.ids).toContain(0);
  });

  test('rows that the tokenizer changes pass as mismatches', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'toedit-lower-'));
    writeJson(directory, 'tokenizer.json', lowerCaseTokenizer);
    const lowering = await loadTokenizer(directory, null);
    const result = await tokenized(lowering, textBatch(numbered(['ab', 'Ab', null, 'b a'])));
    expect(result.map(({ reason }) => reason)).toEqual([
      null,
      'tokenizer_mismatch',
      'null_text',
      null,
    ]);
    expect(result.map(({ ids }) => ids?.length ?? null)).toEqual([1, null, null, 2]);
    await lowering.close();
    rmSync(directory, { recursive: true });
  });

  test('adds columns of the stated types, and leaves the others as they are', async () => {
    const batch = textBatch(numbered(['one', null]));
    for (const given of [batch, batch.slice(0, 0), textBatch([])]) {
      const [result] = await collect(tokenize(tiny)(countedSource([given]).source));
      expect(result?.numRows).toBe(given.numRows);
      expect(result?.schema.fields.map(String)).toEqual([
        ...given.schema.fields.map(String),
        String(new Field('token_ids', tokenIdsType, true)),
        String(new Field('pass_reason', passReasonType, true)),
      ]);
      expect(result?.schema.metadata).toEqual(given.schema.metadata);
    }
  });

  test('rows over the byte limit pass, before their bytes are looked at', async () => {
    const texts = fc.array(fc.option(fc.uint8Array({ maxLength: 8 }), { freq: 5 }), {
      minLength: 1,
      maxLength: 8,
    });
    const limit = fc.integer({ min: 1, max: 9 });
    const property = fc.asyncProperty(texts, limit, async (values, maxTextBytes) => {
      const batch = recordBatchOf([{ field: new Field('text', new Binary(), true), values }]);
      const operator = tokenize(tiny, { maxTextBytes });
      const [result] = await collect(operator(countedSource([batch]).source));
      const unlimited = await tokenized(tiny, batch);
      values.forEach((bytes, row) => {
        const isOver = (bytes?.length ?? 0) > maxTextBytes;
        const reason = isOver ? 'over_byte_limit' : unlimited[row]?.reason;
        expect(result?.getChild('pass_reason')?.get(row)).toBe(reason);
        const ids = result?.getChild('token_ids')?.get(row) as Iterable<number> | null;
        expect(ids && [...ids]).toEqual(isOver ? null : unlimited[row]?.ids);
      });
    });
    await fc.assert(property, { numRuns: 40 });
  });

  test('of a batch without a text to tokenise', async () => {
    const result = await tokenized(tiny, textBatch(numbered([null, null])));
    expect(result).toEqual([
      { ids: null, reason: 'null_text' },
      { ids: null, reason: 'null_text' },
    ]);
  });
});

describe('refuses', () => {
  const failure = (batch: RecordBatch, textColumn?: string) =>
    collect(tokenize(tiny, { textColumn })(countedSource([batch]).source));

  test('a byte limit that is none', () => {
    expect(() => tokenize(tiny, { maxTextBytes: 0 })).toThrow('maxTextBytes');
  });

  test('a missing column, listing those there are', async () => {
    await expect(failure(textBatch(numbered(['a'])), 'body')).rejects.toMatchObject({
      code: 'COLUMN_MISSING',
      message: expect.stringMatching(/"body".*id.*text/) as string,
    });
  });

  test('a column of another type', async () => {
    await expect(failure(textBatch(numbered(['a'])), 'id')).rejects.toMatchObject({
      code: 'COLUMN_TYPE',
      message: expect.stringContaining('Int32') as string,
    });
  });

  test.each(['token_ids', 'pass_reason'])('a column called %s', async (name) => {
    const batch = recordBatchOf([
      { field: new Field('text', new Utf8(), true), values: ['a'] },
      { field: new Field(name, new Int32(), true), values: [1] },
    ]);
    await expect(failure(batch)).rejects.toMatchObject({
      code: 'COLUMN_EXISTS',
      message: expect.stringContaining(name) as string,
    });
  });
});

describe('stops', () => {
  const batches = Array.from({ length: 5 }, () => textBatch(numbered(['a'])));

  test('early, and releases its source', async () => {
    const { seen, source } = countedSource(batches);
    for await (const _ of tokenize(tiny)(source)) break;
    expect(seen).toEqual({ given: 1, isReleased: true });
  });

  test('when aborted, and releases its source', async () => {
    const { seen, source } = countedSource(batches);
    const controller = new AbortController();
    const run = async () => {
      for await (const _ of tokenize(tiny)(source, { signal: controller.signal }))
        controller.abort();
    };
    await expect(run()).rejects.toMatchObject({ name: 'AbortError' });
    expect(seen).toEqual({ given: 2, isReleased: true });
  });

  test('with the failure of its source', async () => {
    const { source } = countedSource(batches, new Error('broken'));
    await expect(collect(tokenize(tiny)(source))).rejects.toThrow('broken');
  });
});
