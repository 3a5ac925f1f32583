import { mkdtempSync, readdirSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { decompress } from 'fzstd';
import { type EditCorpusOptions, editCorpus, readArrow, revertCorpus } from 'toedit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readZip } from '#toedit/operators/formats/read-zip';
import { columnTypes, differences, keyValues, query } from '../duckdb.ts';
import { outputsOf } from '../outputs-of.ts';
import { hasSharedData, sharedData } from '../shared-data.ts';
import { hasSmolLm2, smolLm2Directory } from '../smollm2.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-revert-shared-'));
afterAll(() => rm(directory, { recursive: true }));
const at = (name: string): string => join(directory, name);

/** Changes every third token, and deletes rare ones. */
const rule = { threshold: 0.3, excludeOriginal: true, dropBelow: 0.0001 } as const;
/** Rows of each file: the longest are passed, as a whole novel takes minutes. */
const part = { limit: 12, maxTextBytes: 8000 } as const;

/** Edits, takes the edits back, and returns where the edited files lie, and those that came back. */
async function thereAndBack(name: string, options: Omit<EditCorpusOptions, 'output'>) {
  const [edited, output] = [at(`${name}-edited`), at(`${name}-reverted`)];
  const there = await editCorpus({ ...options, ...rule, output: edited });
  const back = await revertCorpus({ edited, output });
  expect(there.changed).toBeGreaterThan(100);
  expect(back.changed).toBe(there.changed + there.deleted);
  expect(back.files.filter(({ status }) => status === 'failed')).toEqual([]);
  return { edited, output };
}

describe.skipIf(!hasSharedData)('the edits of every shared corpus, taken back', () => {
  const names = hasSharedData
    ? readdirSync(sharedData, { withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name !== 'README.md')
        .map(({ name }) => name)
    : [];
  let paths: Awaited<ReturnType<typeof thereAndBack>>;
  const original = (name: string): string =>
    name.startsWith('shards.zip/') ? at(name) : join(sharedData, name);
  const reverted = (name: string): string => join(paths.output, name);

  beforeAll(async () => {
    await unpack(join(sharedData, 'shards.zip'), at('shards.zip'));
    const inputs = names.map((name) => join(sharedData, name));
    paths = await thereAndBack('tiny', { inputs, ...part });
  }, 300_000);

  test('are as many files as were edited, in their places', () => {
    expect([...outputsOf(paths.output).keys()]).toEqual([...outputsOf(paths.edited).keys()]);
    const directories = names.filter((name) => name !== 'other-column.parquet');
    expect(readdirSync(paths.output).filter((name) => !name.startsWith('.'))).toEqual(
      directories.toSorted(),
    );
  });

  test('Parquet: all types and values for DuckDB, members of archives, too', async () => {
    const files = [...outputsOf(paths.output).keys()].filter((name) => name.endsWith('.parquet'));
    expect(files.length).toBeGreaterThan(8);
    for (const name of files) {
      const first = at('first-rows.parquet');
      const rows = `FROM read_parquet('${original(name)}') LIMIT ${String(part.limit)}`;
      await query(`COPY (${rows}) TO '${first}' (FORMAT parquet)`);
      const { l_rows, r_rows, ...different } = await differences(first, reverted(name));
      expect(r_rows, name).toBe(l_rows);
      expect(new Set(Object.values(different)), name).toEqual(new Set([0]));
      expect(await columnTypes(reverted(name))).toEqual(await columnTypes(original(name)));
      const own = (await keyValues(original(name))).filter(([key]) => key !== 'ARROW:schema');
      expect(await keyValues(reverted(name))).toEqual(expect.arrayContaining(own));
    }
  });

  test.each(['tech.arrow', 'tech-zstd.arrows'])('%s: the same values', async (name) => {
    const rows = (await arrowRows(original(name))).slice(0, part.limit);
    expect(await arrowRows(reverted(name))).toEqual(rows);
  });

  test.each([
    ['poems.jsonl.gz', (bytes: Uint8Array) => gunzipSync(bytes)],
    ['poems.jsonl.zst', (bytes: Uint8Array) => decompress(bytes)],
    ['shards.zip/corpus/part-00004.jsonl', (bytes: Uint8Array) => bytes],
  ] as const)('%s: the same bytes, unpacked', async (name, content) => {
    const textOf = async (path: string): Promise<string> =>
      Buffer.from(content(await readFile(path))).toString('latin1');
    const lines = (await textOf(original(name))).split('\n').slice(0, part.limit);
    expect(await textOf(reverted(name))).toBe(`${lines.join('\n')}\n`);
  });
});

describe.skipIf(!hasSharedData || !hasSmolLm2)('the edits of SmolLM2, taken back', () => {
  test('the beginnings of three books, for DuckDB', async () => {
    const books = at('books.parquet');
    const begin = 'SELECT * REPLACE (substr(text, 1, 800) AS text)';
    await query(
      `COPY (${begin} FROM '${join(sharedData, 'books.parquet')}' LIMIT 3) TO '${books}'`,
    );
    const model = await smolLm2Directory();
    const { output } = await thereAndBack('smollm2', { inputs: [books], model });
    const found = await differences(books, join(output, 'books.parquet'));
    const { l_rows, r_rows, ...different } = found;
    expect([l_rows, r_rows]).toEqual([3, 3]);
    expect(new Set(Object.values(different))).toEqual(new Set([0]));
  });
});

/** Writes the members of an archive that are data below a directory. */
async function unpack(archive: string, to: string): Promise<void> {
  for await (const member of readZip(archive)) {
    if (member.status !== 'data') continue;
    const pieces: Uint8Array[] = [];
    for await (const piece of member.bytes()) pieces.push(piece);
    await mkdir(dirname(join(to, member.name)), { recursive: true });
    await writeFile(join(to, member.name), Buffer.concat(pieces));
  }
}

async function arrowRows(path: string): Promise<readonly string[]> {
  const rows: string[] = [];
  for await (const batch of readArrow(path)) {
    for (const row of batch) {
      rows.push(JSON.stringify(row, (_, value: unknown) => jsonOf(value)));
    }
  }
  return rows;
}

function jsonOf(value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
