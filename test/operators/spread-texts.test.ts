import { Field, List, RecordBatch, Schema, Struct, Utf8 } from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { schemaSignature } from '#toedit/src/arrow/schemas';
import { joinTexts, replaceTextColumn, textColumn } from '#toedit/src/arrow/text-column';
import { compose, editTexts, type Operator, rebatch, spreadTexts } from '#toedit/src/index';
import { structOf } from '#toedit/src/rows/column-of-values';
import { plainCells } from '#toedit/src/rows/plain-cells';
import { nestedKinds, nestedTexts } from '../nested-texts.ts';
import { collect, countedSource } from './text-batch.ts';

const message = new Struct([
  new Field('role', new Utf8(), true),
  new Field('content', new Utf8(), true),
]);
const fields = [
  new Field('title', new Utf8(), true),
  new Field('paragraphs', new List(new Field('item', new Utf8(), true)), true),
  new Field('meta', new Struct([new Field('body', new Utf8(), true)]), true),
  new Field('messages', new List(new Field('item', message, true)), true),
];
const type = new Struct(fields);

const text = fc.option(fc.string({ maxLength: 6 }));
const row = fc.record({
  title: text,
  paragraphs: fc.option(fc.array(text, { maxLength: 3 })),
  meta: fc.option(fc.record({ body: text })),
  messages: fc.option(
    fc.array(
      fc.option(fc.record({ role: fc.constantFrom('user', 'assistant', null), content: text })),
      {
        maxLength: 3,
      },
    ),
  ),
});
type Row = typeof row extends fc.Arbitrary<infer R> ? R : never;

const batchOf = (rows: readonly Row[]) =>
  new RecordBatch(new Schema(fields), structOf(rows, type) as never);
const valuesOf = (batches: readonly RecordBatch[]) =>
  batches.flatMap((batch) => {
    const cell = plainCells(batch.data);
    return Array.from({ length: batch.numRows }, (_, at) => cell(at));
  });

const selection = {
  textColumn: ['title', 'paragraphs[]', 'meta.body', 'messages[].content'],
  roles: ['assistant'],
};

/** Puts an exclamation mark behind each text. */
const exclaim: Operator = async function* exclaim(source) {
  for await (const batch of source) {
    const old = textColumn(batch, 'text');
    const texts = Array.from({ length: batch.numRows }, (_, at) =>
      Buffer.concat([old.bytes(at), Buffer.from('!')]),
    );
    yield replaceTextColumn(batch, 'text', joinTexts(texts, old.validity));
  }
};

const loud = (value: string | null): string | null => (value === null ? null : `${value}!`);
const exclaimed = (value: Row): Row => ({
  title: loud(value.title),
  paragraphs: value.paragraphs?.map(loud) ?? null,
  meta: value.meta && { body: loud(value.meta.body) },
  messages:
    value.messages?.map((each) =>
      each?.role === 'assistant' ? { ...each, content: loud(each.content) } : each,
    ) ?? null,
});

describe('texts in columns, structs and lists', () => {
  test('are edited each by itself, however batches are cut, and all else stays', async () => {
    const batches = fc.array(fc.array(row, { maxLength: 5 }), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(
        batches,
        fc.integer({ min: 1, max: 4 }),
        fc.nat(2),
        async (all, rows, cut) => {
          const slices = all.map((each) =>
            batchOf([...each, ...each]).slice(Math.min(cut, each.length)),
          );
          const expected = valuesOf(slices).map((each) => exclaimed(each as Row));
          const operator = editTexts(compose(rebatch({ rows }), exclaim), selection);
          const out = await collect(operator(countedSource(slices).source));
          expect(valuesOf(out)).toEqual(expected);
          expect(out.map((batch) => batch.numRows)).toEqual(slices.map((batch) => batch.numRows));
          for (const batch of out) expect(batch.schema.fields).toEqual(fields);
        },
      ),
    );
  });

  test('stay as they are where nothing is done to them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row), async (rows) => {
        const batch = batchOf(rows);
        const [out] = await collect(
          editTexts((source) => source, selection)(countedSource([batch]).source),
        );
        expect(out && valuesOf([out])).toEqual(valuesOf([batch]));
      }),
    );
  });

  test('have rows of their own, with row and place', async () => {
    const rows: Row[] = [
      { title: 'a', paragraphs: null, meta: null, messages: null },
      {
        title: null,
        paragraphs: ['b', null, 'c'],
        meta: { body: 'd' },
        messages: [null, { role: 'assistant', content: 'e' }, { role: 'user', content: 'f' }],
      },
      { title: null, paragraphs: [], meta: null, messages: [] },
    ];
    const [out] = await collect(spreadTexts(selection)(countedSource([batchOf(rows)]).source));
    const decode = (at: number): string | null => {
      const column = out && textColumn(out, 'text');
      return column === undefined || column.isNull(at)
        ? null
        : Buffer.from(column.bytes(at)).toString();
    };
    const seen = Array.from({ length: out?.numRows ?? 0 }, (_, at) => [
      Number(out?.getChild('text_row')?.get(at)),
      out?.getChild('text_place')?.get(at),
      out?.getChild('text_item')?.get(at),
      decode(at),
    ]);
    expect(seen).toEqual([
      [0, 'title', 0, 'a'],
      [1, 'paragraphs[0]', 0, 'b'],
      [1, 'paragraphs[2]', 1, 'c'],
      [1, 'meta.body', 0, 'd'],
      [1, 'messages[1].content', 0, 'e'],
      [2, '', -1, null],
    ]);
  });

  test('are of any type of text, in lists of either kind, whole or sliced', async () => {
    const lists = fc.array(fc.option(fc.array(text, { maxLength: 3 })), { maxLength: 6 });
    const paths = { textColumn: ['tags[]', 'turns[].content', 'meta.body'], roles: ['user'] };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...nestedKinds),
        lists,
        fc.nat(6),
        async (kind, all, cut) => {
          const begin = Math.min(cut, all.length);
          const batch = nestedTexts(all, kind).slice(begin);
          const out = await collect(editTexts(exclaim, paths)(countedSource([batch]).source));
          expect(out.map(({ schema }) => schemaSignature(schema))).toEqual([
            schemaSignature(batch.schema),
          ]);
          const wanted = nestedTexts(
            all.map(
              (texts) => texts && texts.map((each, at) => (at % 2 === 0 ? loud(each) : each)),
            ),
            kind,
          );
          const whole = nestedTexts(
            all.map((texts) => texts && texts.map(loud)),
            kind,
          );
          const found = valuesOf(out) as Record<string, unknown>[];
          const column = (from: RecordBatch, name: string) =>
            valuesOf([from.slice(begin)]).map((each) => (each as Record<string, unknown>)[name]);
          expect(found.map((each) => each['turns'])).toEqual(column(wanted, 'turns'));
          for (const name of ['id', 'tags', 'meta']) {
            expect(found.map((each) => each[name])).toEqual(column(whole, name));
          }
        },
      ),
    );
  });

  test('of a slice are read without the rows beside it', async () => {
    const batch = nestedTexts(
      Array.from({ length: 400 }, () => ['a', 'b']),
      { leaf: 'utf8', isLarge: false },
    );
    const slices = Array.from({ length: 40 }, (_, at) => batch.slice(at * 10, at * 10 + 10));
    const out = await collect(
      editTexts(exclaim, { textColumn: 'tags[]' })(countedSource(slices).source),
    );
    expect(out.map((each) => each.getChildAt(1)?.data[0]?.children[0]?.length)).toEqual(
      slices.map(() => 20),
    );
  });

  test.each([
    ['nothing', 'COLUMN_MISSING'],
    ['meta.nothing', 'COLUMN_MISSING'],
    ['meta', 'COLUMN_TYPE'],
    ['paragraphs', 'COLUMN_TYPE'],
    ['title[]', 'COLUMN_TYPE'],
    ['title.a', 'COLUMN_TYPE'],
  ])('%s is refused', async (textPath, code) => {
    const batch = batchOf([]);
    const out = collect(spreadTexts({ textColumn: textPath })(countedSource([batch]).source));
    await expect(out).rejects.toMatchObject({ code });
  });

  test('that operators lose are an error', async () => {
    const batch = batchOf([{ title: 'a', paragraphs: ['b'], meta: null, messages: null }]);
    const lose: Operator = async function* lose(source) {
      for await (const each of source) yield each.slice(1);
    };
    const out = collect(editTexts(lose, selection)(countedSource([batch]).source));
    await expect(out).rejects.toMatchObject({ code: 'ROWS_LOST' });
  });
});
