import { appendFileSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diffRun, editCorpus, type RunSummary } from 'toedit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runToedit } from '../cli/run-toedit.ts';
import { makeShardCorpus } from './shard-corpus.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-diff-'));
const at = (name: string): string => join(directory, name);
const [corpus, edited] = [at('corpus'), at('edited')];
const rule = { threshold: 0.2, excludeOriginal: true, dropBelow: 0.0001, threads: 1 } as const;
const hostile = 'the old \u001b[31m man and the old \u202e man <script> and the old';
let summary: RunSummary;

beforeAll(async () => {
  mkdirSync(corpus);
  await makeShardCorpus(corpus);
  appendFileSync(join(corpus, 'e.jsonl'), `no JSON\n${JSON.stringify({ text: hostile })}\n`);
  const options = { inputs: [corpus], output: edited, onBadRow: 'dead-letter', ...rule } as const;
  summary = await editCorpus(options);
});
afterAll(() => rm(directory, { recursive: true }));

const textsOf = (path: string): (string | undefined)[] => {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  return lines.map((line) =>
    line.startsWith('{') ? (JSON.parse(line) as { text: string }).text : undefined,
  );
};

describe('the edits of a run, in context', () => {
  test('are all there, each in its place of the original', async () => {
    const { passages, isCut } = await diffRun({ edited, limit: 1_000_000 });
    expect(isCut).toBe(false);
    const edits = passages.flatMap((passage) => passage.edits);
    expect(edits.length).toBe(summary.changed + summary.deleted);
    const originals = textsOf(join(corpus, 'e.jsonl'));
    const own = passages.filter(({ file }) => file === 'e.jsonl');
    expect(own.length).toBeGreaterThan(5);
    for (const { row, before, after, edits: those, changes } of own) {
      const text = Buffer.from(originals[row] ?? '');
      expect(String(text)).toContain(before);
      expect(textsOf(join(edited, 'e.jsonl')).some((each) => each?.includes(after))).toBe(true);
      expect(changes.length).toBeLessThanOrEqual(those.length);
      for (const { byteOffset, oldBytes } of those) {
        const old = text.subarray(byteOffset, byteOffset + oldBytes.length / 2);
        expect(old.toString('hex')).toBe(oldBytes);
      }
    }
  });

  test('are picked by file and row, and cut at a limit', async () => {
    const { passages } = await diffRun({ edited, file: '*.parquet', row: 7, limit: 100 });
    const places = new Set(passages.map(({ file, row }) => `${file} ${String(row)}`));
    expect(places).toEqual(new Set(['g.parquet 7']));
    const members = await diffRun({ edited, file: 'f.zip/*', limit: 1 });
    expect(members).toMatchObject({ isCut: true, passages: [{ file: 'f.zip/one.jsonl' }] });
    await expect(diffRun({ edited, file: 'none' })).rejects.toMatchObject({ code: 'BAD_OPTION' });
    await expect(diffRun({ edited, limit: 0 })).rejects.toMatchObject({ code: 'BAD_OPTION' });
  });
});

describe('toedit diff, ledger and revert', () => {
  // Twelve rows, a line that is no JSON, and the hostile one.
  const row = '13';

  test('show hostile text, and never send it', async () => {
    const args = [edited, '--file', 'e.jsonl', '--row', row];
    for (const more of [[], ['--changed-only']]) {
      const { code, stdout, stderr } = await runToedit(['diff', ...args, ...more], directory);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain(`e.jsonl, row ${row}`);
      expect(stdout).toMatch(/\d+ edits? in 1 row of 1 file/u);
      expect(stdout).not.toMatch(/[\u001b\u202e]/u);
    }
    const { stdout } = await runToedit(['diff', ...args, '--json'], directory);
    expect(JSON.parse(stdout)).toMatchObject({ passages: [{ file: 'e.jsonl', row: Number(row) }] });
  });

  test('are run as a user runs them', async () => {
    const ledger = await runToedit(['ledger', edited, '-o', 'edits.parquet', '--json'], directory);
    expect(ledger).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(ledger.stdout)).toMatchObject({
      edits: summary.changed + summary.deleted,
    });
    const args = ['revert', edited, '--output', 'back', '--ledger', 'edits.parquet'];
    const reverted = await runToedit(args, directory);
    expect(reverted).toMatchObject({ code: 0 });
    expect(reverted.stdout).toContain('took back');
    expect(readFileSync(at('back/b.jsonl'))).toEqual(readFileSync(join(corpus, 'b.jsonl')));
    const refused = await runToedit(['revert', corpus, '--output', 'none'], directory);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    const again = await runToedit(['ledger', edited, '-o', 'edits.parquet'], directory);
    expect(again).toMatchObject({ code: 2 });
  });
});
