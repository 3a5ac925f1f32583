import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { ReportData } from '#toedit/src/report/page/report-data';
import { root } from '../sandbox.ts';

test('npm start scores once, edits by the flags that it is given, and shows what other settings would change', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'toedit-start-'));
  try {
    const file = 'examples/corpus/devils-dictionary.jsonl.gz';
    cpSync(join(root, file), join(directory, file));
    const args = [join(root, 'dist/examples/start.js'), '--threshold', '0.5'];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, {
      cwd: directory,
    });
    expect(stderr).toContain('$ npx toedit score examples/corpus');
    expect(stdout).toContain('report: report.html');
    const data = JSON.parse(readFileSync(join(directory, 'report.json'), 'utf8')) as ReportData;
    const [run] = data.runs;
    const thresholds = new Set(run?.sweep?.settings.map(({ threshold }) => threshold));
    expect([...thresholds]).toEqual([0.5, 0.9, 0.95, 0.99]);
    expect(run?.options['threshold']).toBe(0.5);
    expect(run?.counts.changed).toBeGreaterThan(0);
    expect(data.analyses[0]?.sets.map(({ name }) => name)).toEqual(['human', 'edited']);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
