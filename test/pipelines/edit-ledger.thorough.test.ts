import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { editCorpus, exportLedger, type RunSummary, revertCorpus, verifyRun } from 'toedit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyValues, query } from '../duckdb.ts';
import { contentsOf, contentsOfCorpus } from './corpus-contents.ts';
import { makeShardCorpus } from './shard-corpus.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-ledger-'));
const at = (name: string): string => join(directory, name);
const [corpus, edited, ledger] = [at('corpus'), at('edited'), at('edits.parquet')];
const rule = { threshold: 0.2, excludeOriginal: true, dropBelow: 0.0001, threads: 1 } as const;
let summary: RunSummary;

beforeAll(async () => {
  mkdirSync(corpus);
  await makeShardCorpus(corpus);
  appendFileSync(join(corpus, 'e.jsonl'), 'no JSON\n{"text":"the old m\\u00e9n and the old"}\n');
  const options = { inputs: [corpus], output: edited, onBadRow: 'dead-letter', ...rule } as const;
  summary = await editCorpus(options);
  await exportLedger({ edited, output: ledger });
});
afterAll(() => rm(directory, { recursive: true }));

interface Row {
  readonly file: string;
  readonly row: string;
  readonly output_row: string;
  readonly document_key: string;
  readonly byte_offset: string;
  readonly o: string;
  readonly n: string;
  readonly old_id: number;
  readonly new_id: number | null;
  readonly logprob: number;
  readonly new_logprob: number | null;
  readonly rank: number | null;
}

const rowsOfLedger = async (): Promise<readonly Row[]> =>
  (await query(
    `SELECT *, hex(old_bytes) o, hex(new_bytes) n FROM '${ledger}'`,
  )) as unknown as readonly Row[];

/** The texts of JSON Lines; undefined where a line is none. */
function textsOf(path: string): (string | undefined)[] {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  return lines.map((line) =>
    line.startsWith('{') ? (JSON.parse(line) as { text: string }).text : undefined,
  );
}

/** The text with the edits done by hand, from the last to the first. */
function editedText(text: string, edits: readonly Row[]): string {
  let bytes = Buffer.from(text);
  for (const { byte_offset, o, n } of edits.toReversed()) {
    const [start, old] = [Number(byte_offset), Buffer.from(o, 'hex')];
    expect(bytes.subarray(start, start + old.length).toString('hex')).toBe(old.toString('hex'));
    const after = bytes.subarray(start + old.length);
    bytes = Buffer.concat([bytes.subarray(0, start), Buffer.from(n, 'hex'), after]);
  }
  return bytes.toString();
}

describe('a ledger', () => {
  test('leads from every text to its edited one, row by row, as DuckDB reads it', async () => {
    const rows = await rowsOfLedger();
    expect(rows.length).toBe(summary.changed + summary.deleted);
    expect(rows.length).toBeGreaterThan(1000);
    for (const file of ['a.jsonl', 'b.jsonl', 'e.jsonl']) {
      const own = rows.filter((row) => row.file === file);
      const after = textsOf(join(edited, file));
      let outputRow = 0;
      textsOf(join(corpus, file)).forEach((text, row) => {
        if (text === undefined) return;
        const edits = own.filter((edit) => edit.row === String(row));
        expect(editedText(text, edits)).toBe(after[outputRow]);
        const document_key = createHash('sha256').update(text).digest('hex').slice(0, 16);
        for (const edit of edits) {
          expect(edit).toMatchObject({ output_row: String(outputRow), document_key });
        }
        outputRow++;
      });
      expect(outputRow).toBe(after.length);
    }
  });

  test('says how likely both tokens were, and which was drawn', async () => {
    for (const { new_id, old_id, logprob, new_logprob, rank } of await rowsOfLedger()) {
      expect(new_id).not.toBe(old_id);
      expect(logprob).toBeLessThanOrEqual(0);
      if (new_id === null) expect([new_logprob, rank]).toEqual([null, null]);
      else expect(rank).toBeGreaterThanOrEqual(1);
      if (rank === 1) expect(new_logprob).toBeGreaterThanOrEqual(logprob);
    }
  });

  test('names its run, and replaces no file unless it is to', async () => {
    const metadata = Object.fromEntries(await keyValues(ledger));
    const report = await exportLedger({ edited, output: at('again.parquet') });
    expect(metadata).toMatchObject({ 'toedit:run': report.run, 'toedit:ledger': '1' });
    expect(report.edits).toBe(summary.changed + summary.deleted);
    const both = `(FROM '${at('again.parquet')}') EXCEPT ALL (FROM '${ledger}')`;
    expect(await query(both)).toEqual([]);
    await expect(exportLedger({ edited, output: ledger })).rejects.toMatchObject({
      code: 'OUTPUT_EXISTS',
    });
    await exportLedger({ edited, output: at('again.parquet'), overwrite: true });
  });

  test('of a run without edits has its columns and no row', async () => {
    const [output, none] = [at('unedited'), at('none.parquet')];
    await editCorpus({ inputs: [corpus], output, ...rule, threshold: null, dropBelow: null });
    expect(await exportLedger({ edited: output, output: none })).toMatchObject({ edits: 0 });
    expect(await query(`SELECT count(*)::INT n, count(rank)::INT r FROM '${none}'`)).toEqual([
      { n: 0, r: 0 },
    ]);
    await revertCorpus({ edited: output, output: at('reverted'), ledger: none });
    expect(await contentsOf(at('reverted'))).toEqual(await contentsOfCorpus(corpus));
  });
});

describe('taking edits back by a ledger', () => {
  const refused = (path: string) =>
    expect(revertCorpus({ edited, output: at('never'), ledger: path })).rejects;

  /** The ledger as a query makes it, under its run's name or another's. */
  async function altered(name: string, select: string, run?: string): Promise<string> {
    const id = run ?? Object.fromEntries(await keyValues(ledger))['toedit:run'];
    const metadata = `KV_METADATA {'toedit:ledger': '1', 'toedit:run': '${String(id)}'}`;
    await query(`COPY (${select}) TO '${at(name)}' (FORMAT parquet, ${metadata})`);
    return at(name);
  }

  test('refuses one of another run, one that lacks edits, and what is none, before it writes', async () => {
    const all = `SELECT * FROM '${ledger}'`;
    await refused(await altered('other.parquet', all, '0123')).toThrow('the ledger of run 0123');
    await refused(await altered('short.parquet', `${all} LIMIT 50`)).toThrow('edits, not');
    const mixed = `${all} ORDER BY position, file`;
    await refused(await altered('mixed.parquet', mixed)).toThrow('is in two places');
    await refused(join(corpus, 'g.parquet')).toThrow('it is no ledger');
    await refused(join(corpus, 'a.jsonl')).toMatchObject({ code: 'FORMAT_UNKNOWN' });
    await refused(at('nowhere')).toMatchObject({ code: 'FILE_UNREADABLE' });
    expect(readdirSync(directory)).not.toContain('never');
  });

  test('fails the files whose edits are not those that were made', async () => {
    const columns = [
      `CASE WHEN file = 'a.jsonl' THEN encode('x') ELSE old_bytes END AS old_bytes`,
      `CASE WHEN file = 'b.jsonl' THEN byte_offset + 1 ELSE byte_offset END AS byte_offset`,
      `CASE WHEN file = 'h.arrow' THEN output_row + 1 ELSE output_row END AS output_row`,
    ];
    const select = `SELECT * REPLACE (${columns.join(', ')}) FROM '${ledger}'`;
    const path = await altered('altered.parquet', select);
    const { files } = await revertCorpus({ edited, output: at('partly'), ledger: path });
    const failed = files.filter(({ status }) => status === 'failed');
    expect(failed.map(({ input }) => input.slice(edited.length + 1))).toEqual([
      ...['a.jsonl', 'b.jsonl', 'h.arrow'],
    ]);
    expect(new Set(failed.map(({ error }) => error?.code))).toEqual(new Set(['FILE_CORRUPT']));
    expect([...(await contentsOf(at('partly'))).keys()]).not.toContain('a.jsonl');
  });

  test('gives what the record gives, where that is gone', async () => {
    const [byRecord, byLedger] = [at('by-record'), at('by-ledger')];
    await revertCorpus({ edited, output: byRecord });
    const state = join(edited, '.toedit');
    for (const name of readdirSync(state)) {
      await rm(join(state, name, 'edits'), { recursive: true, force: true }).catch(() => null);
    }
    const { changed } = await revertCorpus({ edited, output: byLedger, ledger });
    expect(changed).toBe(summary.changed + summary.deleted);
    expect(await contentsOf(byLedger)).toEqual(await contentsOf(byRecord));
    expect(await verifyRun(byLedger)).toMatchObject({ problems: [] });
  });
});
