import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EditCorpusOptions, editCorpus, type RunSummary } from 'toedit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyRun } from '#toedit/pipelines/verify-run';
import {
  encrypted,
  fixtures,
  hasReferee,
  otherChunks,
  otherColumns,
  queryFixture,
  readable,
  readByDuckdb,
  refereed,
  schemaOf,
} from '../src/parquet/splice/parquet-fixtures.ts';

/** Files of all writers, a third of what one writer made of the same rows. */
const chosen = readable.filter((name, index) => !name.startsWith('pyarrow-') || index % 3 === 0);
const rule = { threshold: 0.3, excludeOriginal: true, seed: 5n } as const;
const directory = mkdtempSync(join(tmpdir(), 'toedit-parquet-corpus-'));
afterAll(() => rmSync(directory, { recursive: true }));

function edit(output: string, options: Partial<EditCorpusOptions> = {}): Promise<RunSummary> {
  const inputs = [...chosen, ...encrypted].map((name) => join(fixtures, name));
  return editCorpus({ ...rule, inputs, output: join(directory, output), threads: 1, ...options });
}

describe('Parquet files of all writers, edited', () => {
  let summary: RunSummary;
  beforeAll(async () => {
    summary = await edit('edited');
  });
  const pairs = () =>
    chosen.map((name) => [join(fixtures, name), join(directory, 'edited', name), 'text'] as const);

  test('are done, but for those that are encrypted', async () => {
    const failed = summary.files.filter(({ status }) => status === 'failed');
    expect(failed.map(({ input }) => input.slice(fixtures.length + 1))).toEqual(encrypted);
    for (const { error } of failed) expect(error?.message).toContain('encrypted');
    expect(summary.files.filter(({ changed }) => changed > 0).length).toBeGreaterThan(20);
    const report = await verifyRun(join(directory, 'edited'));
    expect(report.problems.filter(({ kind }) => kind !== 'failed')).toEqual([]);
    expect(report.remadeOutputs).toBe(chosen.length);
  });

  test.each(chosen.filter((name) => readByDuckdb.includes(name)))(
    '%s keeps its other columns, their chunks and its schema',
    async (name) => {
      const [before, after] = [join(fixtures, name), join(directory, 'edited', name)];
      expect(await schemaOf(after)).toEqual(await schemaOf(before));
      expect(await otherColumns(after)).toEqual(await otherColumns(before));
      expect(await otherChunks(after)).toEqual(await otherChunks(before));
    },
  );

  test.runIf(hasReferee)('are what the referee wants, byte for byte', () => {
    expect(refereed(pairs())).toEqual(chosen.map(() => []));
  });
});

test('rows that are left out leave the others as they are, whatever their types', async () => {
  await edit('cut', { limit: 100 });
  const names = chosen.filter((name) => readByDuckdb.includes(name) && !name.includes('no-rows'));
  for (const name of names) {
    const [before, after] = [join(fixtures, name), join(directory, 'cut', name)];
    const [count] = await queryFixture(`select count(*) as n from '${after}'`);
    expect(Number(count?.['n'])).toBeLessThanOrEqual(100);
    expect(await schemaOf(after)).toEqual(await schemaOf(before));
    const { types, rows } = (await otherColumns(before)) as { types: unknown; rows: unknown[] };
    expect(await otherColumns(after), name).toEqual({ types, rows: rows.slice(0, 100) });
  }
});
