import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordBatch } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromRows, toRows } from '#toedit/operators/formats/from-rows';
import { readArrow } from '#toedit/operators/formats/read-arrow';
import { writeArrow } from '#toedit/operators/formats/write-arrow';
import { writeParquet } from '#toedit/operators/formats/write-parquet';
import { editCorpus } from '#toedit/pipelines/edit-corpus';
import type { EditCorpusOptions } from '#toedit/pipelines/stages/corpus-options';
import { editStream, type StreamOptions } from '#toedit/pipelines/worker/edit-stream';
import { schemaSignature } from '#toedit/src/arrow/schemas';
import { query } from '../duckdb.ts';
import { nestedKinds, nestedTexts } from '../nested-texts.ts';
import { zipArchive } from '../src/zip/zip-archive.ts';
import { asyncOf, collectAll, countsOf, errorOf, requestBytes, serve } from './worker-host.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-forms-'));
afterAll(() => rm(directory, { recursive: true }));

const sentence = 'Once upon a time there was a little girl who loved to play in the park. ';
const textOf = (at: number): string => `${sentence.slice(at % 40)}${sentence}${String(at % 7)}`;
/** Changes many tokens. */
const rule = { threshold: 0.1, excludeOriginal: true, threads: 1 } as const;
const chosen = { textColumn: ['title', 'meta.note', 'messages[].content'], roles: ['assistant'] };

const rows = Array.from({ length: 9 }, (_, id) => ({
  ...{ id, title: id === 3 ? null : textOf(id), meta: { note: textOf(id + 2), n: id / 2 } },
  messages: Array.from({ length: id % 4 }, (__, at) => ({
    ...{ role: at % 2 === 0 ? 'user' : 'assistant', content: textOf(id + 2 * at) },
  })),
}));
const lines = rows.map((row) => `${JSON.stringify(row).replace('"title":', '"title" : ')}\r\n`);
const at = (name: string): string => join(directory, name);

let runs = 0;

async function edit(
  inputs: readonly string[],
  options: Partial<EditCorpusOptions> = {},
): Promise<string> {
  const output = at(`out-${String(runs++)}`);
  const summary = await editCorpus({ inputs, output, ...rule, ...chosen, ...options });
  expect(summary.files.filter(({ status }) => status === 'failed')).toEqual([]);
  expect(summary.changed).toBeGreaterThan(10);
  return output;
}

let edited: Buffer;
let output: string;
beforeAll(async () => {
  writeFileSync(at('rows.jsonl'), lines.join(''));
  await writeArrow(at('rows.arrow'))(fromRows(rows));
  await writeParquet(at('rows.parquet'))(fromRows(rows));
  output = await edit(['jsonl', 'arrow', 'parquet'].map((kind) => at(`rows.${kind}`)));
  edited = await readFile(join(output, 'rows.jsonl'));
});

const parsed = (bytes: Uint8Array): unknown[] =>
  Buffer.from(bytes)
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

describe('several texts from standard input to standard output', () => {
  async function pipe(input: string | Uint8Array, options: Partial<StreamOptions> = {}) {
    const written: Uint8Array[] = [];
    const write = async (bytes: Uint8Array): Promise<void> => {
      written.push(Uint8Array.from(bytes));
    };
    const streams = { input: asyncOf([Buffer.from(input)]), write };
    const report = await editStream(streams, { ...rule, ...chosen, ...options });
    return { report, bytes: Buffer.concat(written) };
  }

  test('JSON Lines have the bytes of a run, as lines and as whole lines in Arrow', async () => {
    expect(edited.equals(Buffer.from(lines.join('')))).toBe(false);
    const { bytes, report } = await pipe(lines.join(''));
    expect(bytes.equals(edited)).toBe(true);
    expect(report.totals.edits.changed).toBeGreaterThan(10);
    const whole = await pipe(lines.join(''), { format: 'arrow', jsonFields: 'line' });
    const [first] = await collectAll(readArrow(asyncOf([whole.bytes])));
    expect(first?.schema.names).toEqual(['line']);
    const kept = Array.from(first?.getChild('line') ?? [], (line) =>
      Buffer.from(line as Uint8Array),
    );
    expect(Buffer.concat(kept).equals(edited)).toBe(true);
  });

  test('Arrow has the rows of a run', async () => {
    const input = await readFile(at('rows.arrow'));
    const { bytes } = await pipe(input);
    const found = await collectAll(toRows(readArrow(asyncOf([bytes]))));
    expect(found).toEqual(await collectAll(toRows(readArrow(join(output, 'rows.arrow')))));
    expect(parsed((await pipe(input, { format: 'jsonl' })).bytes)).toEqual(parsed(edited));
  });

  test.each([
    [
      { textColumn: ['title', 'meta.nothing'] },
      'COLUMN_MISSING',
      /"meta\.nothing" leads nowhere.*"meta\.note"/,
    ],
    [
      { onBadRow: 'fail', textColumn: ['meta.note', 'meta.n'] },
      'BAD_ROW',
      /row 0 \(meta\.n\) cannot.*no string/,
    ],
  ] as const)('%j is refused', async (options, code, message) => {
    const work = pipe(lines.join(''), { roles: undefined, ...options });
    await expect(work).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

describe('several texts through a worker', () => {
  const paths = { textColumn: ['tags[]', 'turns[].content', 'meta.body'], roles: ['assistant'] };
  const lists = [
    ...[[textOf(1), null, textOf(2)], null, []],
    ...[
      [null, textOf(3)],
      [textOf(4), textOf(5), textOf(6)],
    ],
  ];
  const cellsOf = async (batches: readonly RecordBatch[]) =>
    await collectAll(toRows(asyncOf(batches)));

  test('of any type come back as they came, with the texts of a run', async () => {
    const batches = nestedKinds.map((kind) => nestedTexts(lists, kind));
    mkdirSync(at('kinds'));
    const names = batches.map((_, index) => `${String(index)}.arrows`);
    for (const [index, batch] of batches.entries()) {
      const path = join(at('kinds'), names[index] ?? '');
      await writeArrow(path, { format: 'stream' })(asyncOf([batch]));
    }
    const run = await edit([at('kinds')], paths);
    const requests = batches.map((batch) => [batch.slice(0, 2), batch.slice(2)]);
    const bytes = (await Promise.all(requests.map(requestBytes))).flat();
    const { responses, report } = await serve(asyncOf(bytes), { ...rule, ...paths });
    expect(report).toMatchObject({ streams: nestedKinds.length, refused: 0 });
    for (const [index, batch] of batches.entries()) {
      const answered = responses[index] ?? [];
      expect(answered.map(({ numRows }) => numRows)).toEqual([2, 3]);
      for (const each of answered) {
        expect(schemaSignature(each.schema)).toBe(schemaSignature(batch.schema));
      }
      const file = await collectAll(readArrow(join(run, names[index] ?? '')));
      expect(schemaSignature(file[0]?.schema ?? batch.schema)).toBe(schemaSignature(batch.schema));
      const cells = await cellsOf(answered);
      expect(cells).toEqual(await cellsOf(file));
      expect(cells).not.toEqual(await cellsOf([batch]));
    }
    const [first] = responses[0] ?? [];
    // Texts are counted, and the row without any.
    expect(first && countsOf(first)).toMatchObject({ rows: 4, passed: { null_text: 1 } });
  });

  test('rows and columns that cannot be edited are named', async () => {
    const batch = nestedTexts(lists, { leaf: 'utf8', isLarge: false });
    const send = async (options: Parameters<typeof serve>[1]) => {
      const bytes = asyncOf(await requestBytes([batch]));
      const { responses } = await serve(bytes, { ...rule, ...options });
      return errorOf(responses[0]?.[0]);
    };
    expect(await send({ ...paths, onBadRow: 'fail' })).toMatchObject({ code: 'BAD_ROW', row: 1 });
    const missing = await send({ ...paths, textColumn: ['tags[]', 'turns[].text'] });
    expect(missing).toMatchObject({ code: 'COLUMN_MISSING' });
    await expect(send({ ...paths, report: true })).rejects.toMatchObject({ code: 'BAD_OPTION' });
    const score = send({ ...paths, command: 'score' });
    await expect(score).rejects.toMatchObject({ code: 'BAD_OPTION' });
  });
});

test('members of a ZIP archive have the bytes of files', async () => {
  const names = ['rows.jsonl', 'rows.arrow', 'rows.parquet'];
  const members = names.map(async (name) => ({ name, bytes: await readFile(at(name)) }));
  writeFileSync(at('all.zip'), zipArchive(await Promise.all(members)));
  const run = await edit([at('all.zip')]);
  for (const name of names) {
    const member = await readFile(join(run, 'all.zip', name));
    expect(member.equals(await readFile(join(output, name)))).toBe(true);
  }
});

describe('several texts of JSON Lines that become columns', () => {
  const columns = `id, title, meta, messages`;
  const wanted = async () =>
    await query(`SELECT ${columns} FROM '${join(output, 'rows.jsonl')}' ORDER BY id`);

  test('whole lines stay', async () => {
    const run = await edit([at('rows.jsonl')], { format: 'parquet', jsonFields: 'line' });
    const found = await query(`SELECT decode(line) l FROM '${join(run, 'rows.parquet')}'`);
    expect(found.map(({ l }) => l).join('')).toBe(edited.toString());
  });

  test('rows that are set aside have no say in the types', async () => {
    const bad = [
      '{"id": "x", "title": 7}\n',
      '{"id": [], "messages": [{"role": "assistant", "content": 1}]}\n',
    ];
    writeFileSync(at('bad.jsonl'), [...lines, ...bad, 'no JSON'].join(''));
    const options = { format: 'parquet', onBadRow: 'dead-letter' } as const;
    const run = await edit([at('bad.jsonl')], options);
    const found = await query(`SELECT ${columns} FROM '${join(run, 'bad.parquet')}' ORDER BY id`);
    expect(found).toEqual(await wanted());
    const dead = await query(
      `SELECT dead_letter_row::INT r, dead_letter_reason d FROM '${join(run, '.dead-letters/bad.parquet')}' ORDER BY 1`,
    );
    expect(dead).toEqual([
      { r: 9, d: 'not_text' },
      { r: 10, d: 'not_text' },
      { r: 11, d: 'not_json' },
    ]);
  });

  test('mixed types beside the texts are refused before work, or become text', async () => {
    writeFileSync(at('mixed.jsonl'), [...lines, '{"id": "x", "title": "y"}\n'].join(''));
    const mixed = { inputs: [at('mixed.jsonl')], format: 'parquet', ...rule, ...chosen } as const;
    const { files, tokens } = await editCorpus({ ...mixed, output: at('mixed') });
    expect(files).toMatchObject([{ error: { code: 'TYPE_LOST' } }]);
    expect(tokens).toBe(0);
    const run = await edit(mixed.inputs, { format: 'parquet', jsonFields: 'text' });
    const ids = await query(
      `SELECT id FROM '${join(run, 'mixed.parquet')}' ORDER BY id DESC LIMIT 1`,
    );
    expect(ids).toEqual([{ id: 'x' }]);
  });
});
