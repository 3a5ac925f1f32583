import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runToedit } from '../cli/run-toedit.ts';
import { query } from '../duckdb.ts';
import { failingReads } from './fault.ts';
import { corpusLines, type FaultSandbox, makeFaultSandbox } from './fault-sandbox.ts';

let sandbox: FaultSandbox;
beforeAll(async () => {
  sandbox = await makeFaultSandbox();
});
afterAll(() => sandbox[Symbol.dispose]());

/** Bytes that no codec makes smaller, so that the byte that cannot be read is behind what tells a file's format. */
function padding(row: number): string {
  return Array.from({ length: 24 }, (_, i) => Math.sin(row * 100 + i).toString(36)).join('');
}

test.runIf(process.platform === 'linux')(
  'a bad sector in the middle: files of every format fail alone, to be tried again',
  async () => {
    const { directory } = sandbox;
    const at = (name: string) => join(directory, 'formats', name);
    mkdirSync(join(directory, 'formats'));
    const lines = Array.from({ length: 600 }, (_, row) =>
      JSON.stringify({ text: `sun ${row}`, padding: padding(row) }),
    ).join('\n');
    writeFileSync(at('lines.jsonl'), lines);
    writeFileSync(at('lines.jsonl.gz'), gzipSync(lines));
    writeFileSync(at('whole.jsonl'), corpusLines('w', 5));
    await query(
      `COPY (FROM read_json('${at('lines.jsonl')}')) TO '${at('rows.parquet')}' (FORMAT parquet, ROW_GROUP_SIZE 300)`,
    );
    const arrow = ['edit', at('lines.jsonl'), '-o', 'arrow', '--format', 'arrow', '--limit', '600'];
    expect((await runToedit(arrow, directory)).code).toBe(0);
    const edit = ['formats', 'arrow/lines.arrow'];
    const args = ['-o', 'sector', '--limit', '5', '--json'];
    expect((await runToedit(['plan', ...edit, ...args], directory)).code).toBe(0);
    const bad = ['lines.jsonl', 'lines.jsonl.gz', 'rows.parquet', 'lines.arrow'];
    const failed = await runToedit(
      ['run', 'sector', '--json', '--quiet'],
      directory,
      failingReads(bad, 70_000),
    );
    expect(failed.code).toBe(1);
    const summary = JSON.parse(failed.stdout) as { files: { error?: { code: string } }[] };
    expect(summary).toMatchObject({ tasks: { done: 1, failed: 4, bad: 0 } });
    const codes = summary.files.flatMap(({ error }) => error?.code ?? []);
    expect(codes).toEqual(bad.map(() => 'FILE_UNREADABLE'));
    for (const name of bad) expect(failed.stderr).toContain(`${name}: EIO: i/o error, read; check`);
    expect(failed.stderr).toMatch(/\ntoedit: [^\n]*run the same command again to continue\n$/);
    const again = await runToedit(['run', 'sector', '--json', '--quiet'], directory);
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(again.stdout)).toMatchObject({ tasks: { done: 5 }, rows: 25 });
  },
);

test.runIf(process.platform === 'linux')(
  'a file that could not be read when the run was planned is done once it can be',
  async () => {
    const unread = failingReads(['a.jsonl'], 100);
    for (const _ of [1, 2]) {
      const { code, stderr } = await sandbox.edit('planned', ['--quiet'], unread);
      expect(stderr).toMatch(/^toedit: cannot read [^\n]*a\.jsonl: EIO[^\n]*\ntoedit: [^\n]*\n$/);
      expect(code).toBe(1);
    }
    await sandbox.finish('planned');
    // And the other way round: what is done stays, though its input cannot be read any more.
    expect((await sandbox.edit('planned', [], unread)).code).toBe(0);
    sandbox.expectWhole('planned');
  },
);
