import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { decompress } from 'fzstd';
import { editCorpus, type RunSummary, readArrow, type TokenBytes } from 'toedit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { columnTypes, keyValues, query } from '../duckdb.ts';
import { hasSharedData, sharedData } from '../shared-data.ts';
import { type EditJson, editedText, tinyTokenBytes } from './edited-text.ts';

const limit = 12;
let output = '';
let summary: RunSummary | null = null;
let tokenBytes: TokenBytes | null = null;

/** Files whose text is too long for a test of all formats: the command of the closing note edits them whole. */
const tooLong = new Set(['huge-document.parquet', 'README.md']);

beforeAll(async () => {
  if (!hasSharedData) return;
  output = await mkdtemp(join(tmpdir(), 'toedit-shared-'));
  const names = await readdir(sharedData, { withFileTypes: true });
  const inputs = names
    .filter((entry) => entry.isFile() && !tooLong.has(entry.name))
    .map(({ name }) => join(sharedData, name));
  tokenBytes = await tinyTokenBytes();
  summary = await editCorpus({
    inputs,
    output,
    limit,
    report: true,
    preset: 'official-up',
    threshold: 0.9,
  });
}, 600_000);
afterAll(() => (output === '' ? undefined : rm(output, { recursive: true })));

describe.skipIf(!hasSharedData)('every shared corpus is edited', () => {
  test('all files are done but the one without a text column, which is an error that lists the columns', () => {
    const failed = summary?.files.filter(({ status }) => status !== 'done') ?? [];
    expect(failed.map(({ input, error }) => [input.slice(sharedData.length), error?.code])).toEqual(
      [
        ['other-column.parquet', 'COLUMN_MISSING'],
        ['shards.zip/corpus/README.md', 'SKIPPED'],
      ],
    );
    expect(failed[0]?.error?.message).toMatch(/"id", "body"/u);
    expect(summary?.changed).toBeGreaterThan(20);
  });

  test.each(['books', 'paragraphs', 'hostile', 'hostile-binary', 'no-rows'])(
    '%s.parquet: all columns equal for DuckDB, the text where edits are reported',
    async (name) => {
      const [from, to] = [join(sharedData, `${name}.parquet`), join(output, `${name}.parquet`)];
      const types = await columnTypes(from);
      expect((await columnTypes(to)).slice(0, -1)).toEqual(types);
      expect(await keyValues(to)).toEqual(
        expect.arrayContaining((await keyValues(from)).filter(([key]) => key !== 'ARROW:schema')),
      );
      const others = types.map(([column]) => column).filter((column) => column !== 'text');
      expect(await differingRows(from, to, others)).toEqual(
        Object.fromEntries(others.map((column) => [column, 0])),
      );
      await expectEditsReported(from, to);
    },
  );

  test.each(['tech.arrow', 'tech-zstd.arrows'])('%s: as for Parquet', async (name) => {
    const from = await arrowRows(join(sharedData, name));
    const to = await arrowRows(join(output, name));
    expect(to).toHaveLength(Math.min(limit, from.length));
    to.forEach(({ edits, text, ...others }, row) => {
      const { text: original, ...unchanged } = from[row] ?? { text: '' };
      expect(others).toEqual(unchanged);
      expect(text).toBe(edited(String(original), edits as EditJson[] | null));
    });
  });

  test.each([
    ['poems.jsonl.gz', (bytes: Uint8Array) => gunzipSync(bytes)],
    ['poems.jsonl.zst', (bytes: Uint8Array) => Buffer.from(decompress(bytes))],
  ] as const)('%s: lines without edits but for their report', async (name, unpack) => {
    const lines = async (path: string) =>
      unpack(await readFile(path))
        .toString()
        .split('\n')
        .slice(0, limit);
    const from = await lines(join(sharedData, name));
    const to = await lines(join(output, name));
    to.forEach((line, row) => {
      const original = from[row] ?? '';
      const { edits, text } = JSON.parse(line) as { edits: EditJson[]; text: string };
      expect(text).toBe(edited((JSON.parse(original) as { text: string }).text, edits));
      if (edits.length === 0) expect(line.startsWith(original.slice(0, -1))).toBe(true);
    });
  });

  test('members of an archive are mirrored below its name', async () => {
    expect((await readdir(join(output, 'shards.zip', 'corpus'))).toSorted()).toEqual([
      'part-00000.parquet',
      'part-00001.parquet',
      'part-00002.parquet',
      'part-00003.parquet',
      'part-00004.jsonl',
    ]);
  });
});

/** In how many rows, of those taken, each column differs. */
async function differingRows(
  from: string,
  to: string,
  columns: readonly string[],
): Promise<Record<string, unknown> | undefined> {
  const counts = columns.map(
    (column) => `count(*) FILTER (l."${column}" IS DISTINCT FROM r."${column}")::INT "${column}"`,
  );
  const [row] = await query(
    `SELECT ${counts.join(', ')} FROM ${rowsOf(from)} l FULL JOIN ${rowsOf(to)} r USING (file_row_number)
     WHERE coalesce(l.file_row_number, r.file_row_number) < ${String(limit)}`,
  );
  return row;
}

function rowsOf(path: string): string {
  return `(FROM read_parquet('${path}', file_row_number = true))`;
}

async function expectEditsReported(from: string, to: string): Promise<void> {
  const rows = await query(
    `SELECT l.text AS original, r.text AS text, to_json(r.edits)::VARCHAR AS edits
     FROM ${rowsOf(from)} l JOIN ${rowsOf(to)} r USING (file_row_number) ORDER BY file_row_number`,
  );
  for (const { original, text, edits } of rows) {
    const list = edits === null ? null : (JSON.parse(edits as string) as EditJson[]);
    if (list === null || list.length === 0) expect(text).toEqual(original);
    else expect(text).toBe(edited(String(original), list));
  }
}

function edited(text: string, edits: readonly EditJson[] | null): string {
  if (tokenBytes === null) throw new Error('the prior was not opened');
  return edits === null ? text : editedText(text, edits, tokenBytes);
}

async function arrowRows(path: string): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for await (const batch of readArrow(path)) {
    for (const row of batch) rows.push(JSON.parse(toJson(row.toJSON())) as Record<string, unknown>);
  }
  return rows;
}

function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'bigint' ? inner.toString() : inner,
  );
}
