import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  diffRun,
  type EditCorpusOptions,
  editCorpus,
  exportLedger,
  readArrow,
  readParquet,
  resampleCorpus,
  revertCorpus,
  scoreCorpus,
  toRows,
  verifyRun,
  writeArrow,
} from 'toedit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { query } from '../duckdb.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-texts-'));
const corpus = join(directory, 'corpus');
afterAll(() => rm(directory, { recursive: true }));

interface Message {
  readonly role: string;
  readonly content: string | null;
}

interface Row {
  readonly id: number;
  readonly title: string | null;
  readonly body: string;
  readonly meta: { readonly note: string | null; readonly n: number } | null;
  readonly paragraphs: readonly (string | null)[];
  readonly messages: readonly Message[] | null;
}

const sentence = 'Once upon a time there was a little girl who loved to play in the park. ';
const textOf = (at: number): string => `${sentence.slice(at % 40)}${sentence}${String(at % 7)}`;
const roles = ['user', 'assistant', 'system'] as const;

const rows: readonly Row[] = Array.from({ length: 18 }, (_, id) => ({
  id,
  title: id % 11 === 3 ? null : textOf(id),
  body: textOf(3 * id + 1),
  meta: id % 9 === 4 ? null : { note: id % 5 === 2 ? null : textOf(id + 5), n: id / 2 },
  paragraphs: Array.from({ length: id % 3 }, (_, at) => (at === 1 ? null : textOf(id + at))),
  messages:
    id % 13 === 5
      ? null
      : Array.from({ length: id % 4 }, (_, at) => ({
          role: roles[at % 3] ?? 'user',
          content: (id + at) % 7 === 0 ? null : textOf(id + 2 * at),
        })),
}));

const all = ['title', 'meta.note', 'paragraphs[]', 'messages[].content'];
/** Changes many tokens. */
const rule = { threshold: 0.1, excludeOriginal: true, threads: 1 } as const;
const chosen = { textColumn: all, roles: ['assistant'] } as const;
const names = ['rows.arrow', 'rows.jsonl', 'rows.parquet'] as const;

beforeAll(async () => {
  mkdirSync(corpus);
  const jsonl = join(corpus, 'rows.jsonl');
  writeFileSync(
    jsonl,
    rows.map((row) => `${JSON.stringify(row).replace('"title":', '"title" : ')}\n`).join(''),
  );
  const parquet = join(corpus, 'rows.parquet');
  await query(`COPY (FROM '${jsonl}') TO '${parquet}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`);
  await writeArrow(join(corpus, 'rows.arrow'))(readParquet(parquet, { batchRows: 11 }));
});

let runs = 0;
const newOutput = (): string => join(directory, `out-${String(runs++)}`);

async function edit(options: Partial<EditCorpusOptions> = {}): Promise<string> {
  const output = newOutput();
  const summary = await editCorpus({ inputs: [corpus], output, ...rule, ...chosen, ...options });
  expect(summary.files.filter(({ status }) => status === 'failed')).toEqual([]);
  expect(summary.changed).toBeGreaterThan(10);
  return output;
}

async function rowsIn(path: string): Promise<Row[]> {
  if (path.endsWith('jsonl')) {
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    return lines.map((line) => JSON.parse(line) as Row);
  }
  const source = path.endsWith('parquet') ? readParquet(path) : readArrow(path);
  const found: unknown[] = [];
  for await (const row of toRows(source)) found.push(row);
  return JSON.parse(JSON.stringify(found, plain)) as Row[];
}

const plain = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? Number(value) : value;

/** What the selection leaves as it is. */
const untouched = ({ id, body, meta, paragraphs, messages }: Row): unknown => ({
  ...{ id, body, n: meta?.n ?? null, paragraphs: paragraphs.map((each) => each === null) },
  messages: messages?.map(({ role, content }) => (role === 'assistant' ? role : [role, content])),
});

describe('several texts of a row', () => {
  let output: string;
  beforeAll(async () => {
    output = await edit();
  });

  test('are edited alike in JSON Lines, Arrow and Parquet, and all else stays', async () => {
    const [arrow, jsonl, parquet] = await Promise.all(
      names.map((name) => rowsIn(join(output, name))),
    );
    expect(arrow).toEqual(jsonl);
    expect(parquet).toEqual(jsonl);
    expect(jsonl?.map(untouched)).toEqual(rows.map(untouched));
    for (const part of ['title', 'meta', 'paragraphs', 'messages'] as const) {
      expect(jsonl?.map((row) => row[part])).not.toEqual(rows.map((row) => row[part]));
    }
    const from = (path: string) => `FROM '${path}' ORDER BY id`;
    const referee = await query(from(join(output, 'rows.parquet')));
    expect(referee).toEqual(await query(from(join(output, 'rows.jsonl'))));
  });

  test('are edited in one run as they are one after the other', async () => {
    let inputs = [join(corpus, 'rows.jsonl')];
    for (const textColumn of all) {
      const own = textColumn === 'messages[].content' ? chosen.roles : undefined;
      inputs = [await edit({ inputs, textColumn, roles: own })];
    }
    const [one, other] = await Promise.all(
      [join(output, 'rows.jsonl'), join(inputs[0] ?? '', 'rows.jsonl')].map((path) =>
        readFile(path),
      ),
    );
    expect(one).toEqual(other);
  });

  test('are verified, shown, exported and taken back', async () => {
    await expect(verifyRun(output)).resolves.toMatchObject({ problems: [], remadeOutputs: 3 });
    const { passages } = await diffRun({ edited: output, file: 'rows.jsonl', row: 1, limit: 100 });
    expect(passages.length).toBeGreaterThan(0);
    for (const { row, place } of passages) {
      expect(row).toBe(1);
      expect(place).toMatch(/^(title|meta\.note|paragraphs\[0\]|messages\[\d\]\.content)$/);
    }
    const ledger = join(directory, 'ledger.parquet');
    const { edits } = await exportLedger({ edited: output, output: ledger });
    expect(edits).toBeGreaterThan(50);
    const bad = await query(
      `SELECT count(*) n FROM '${ledger}' WHERE place IS NULL OR row <> output_row OR output_text < row`,
    );
    expect(Number(bad[0]?.['n'])).toBe(0);
    for (const from of [undefined, ledger]) {
      const back = newOutput();
      const { files } = await revertCorpus({ edited: output, output: back, ledger: from });
      expect(files.map(({ status }) => status)).toEqual(['done', 'done', 'done']);
      expect(await readFile(join(back, 'rows.jsonl'))).toEqual(
        await readFile(join(corpus, 'rows.jsonl')),
      );
      for (const name of names) {
        expect(await rowsIn(join(back, name))).toEqual(await rowsIn(join(corpus, name)));
      }
    }
  });

  test('are resampled from scores with the same bytes', async () => {
    const scored = newOutput();
    const reading = { inputs: [corpus], threads: 1, ...chosen };
    await scoreCorpus({ ...reading, output: scored, candidates: 8, candidateThreshold: 0.1 });
    const resampled = newOutput();
    const { threads: _, ...resampling } = rule;
    await resampleCorpus({ scored, output: resampled, ...resampling });
    for (const name of names) {
      expect(await readFile(join(resampled, name))).toEqual(await readFile(join(output, name)));
    }
  });

  test('become other formats', async () => {
    for (const format of ['jsonl', 'parquet'] as const) {
      const inputs = [join(corpus, format === 'jsonl' ? 'rows.arrow' : 'rows.jsonl')];
      const made = await edit({ inputs, format });
      const found = await rowsIn(join(made, `rows.${format}`));
      expect(found).toEqual(await rowsIn(join(output, 'rows.jsonl')));
    }
  });

  test('continue in the middle of a file where a run was stopped', async () => {
    const inputs = ['many.jsonl', 'many.parquet'].map((name) => join(directory, name));
    const [jsonl = '', parquet = ''] = inputs;
    // Of more texts than are scored at once.
    const many = Array.from({ length: 200 }, (_, id) => ({ id, parts: ['a', 'b', `to ${id}`] }));
    writeFileSync(jsonl, many.map((row) => `${JSON.stringify(row)}\n`).join(''));
    await query(`COPY (FROM '${jsonl}') TO '${parquet}' (FORMAT parquet)`);
    const options = { ...rule, inputs, textColumn: 'parts[]', filesInFlight: 1 };
    const [stopped, whole] = [newOutput(), newOutput()];
    for (const file of inputs) {
      const stop = new AbortController();
      const onProgress = (progress: { readonly file: string; readonly rowsDone: number }): void => {
        if (progress.file === file && progress.rowsDone > 0) stop.abort();
      };
      const run = { ...options, output: stopped, onProgress, stop: stop.signal };
      expect(await editCorpus(run)).toMatchObject({ interrupted: true });
    }
    const last = await editCorpus({ ...options, output: stopped });
    const { rows: texts } = await editCorpus({ ...options, output: whole });
    expect(last.interrupted).toBe(false);
    expect(texts).toBe(1200);
    for (const name of ['many.jsonl', 'many.parquet']) {
      expect(await readFile(join(stopped, name))).toEqual(await readFile(join(whole, name)));
    }
  });
});

describe('what several texts cannot have', () => {
  test.each([[{ report: true }], [{ textColumn: ['title', 'title'] }]])(
    '%j is refused',
    async (options) => {
      const run = editCorpus({ inputs: [corpus], output: newOutput(), ...chosen, ...options });
      await expect(run).rejects.toMatchObject({ code: 'BAD_OPTION' });
    },
  );

  test('columns of scores are refused', async () => {
    const run = scoreCorpus({ inputs: [corpus], output: newOutput(), ...chosen });
    await expect(run).rejects.toMatchObject({ code: 'BAD_OPTION' });
  });

  test('a path that leads nowhere fails its file', async () => {
    const output = newOutput();
    const run = await editCorpus({
      inputs: [corpus],
      output,
      ...rule,
      textColumn: ['title', 'meta.nothing'],
    });
    expect(run.files.map(({ error }) => error?.code)).toEqual(names.map(() => 'COLUMN_MISSING'));
    // Of every format the message has paths as they may be given.
    for (const { error } of run.files) {
      expect(error?.message).toMatch(
        /"note".*; name one of these$|"meta.note".*; name one of these$/u,
      );
      expect(error?.message).not.toContain('.list.');
    }
  });
});
