import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runToedit } from '../cli/run-toedit.ts';
import { hasSharedFaults, sharedFaults } from '../shared-data.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'toedit-tools-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const edit = (input: string, output: string) =>
  runToedit(['edit', input, '-o', output, '--threads', '1'], directory);

describe.skipIf(!hasSharedFaults)('a directory as a tool left it', () => {
  test.each([
    [
      'save-to-disk',
      ['data-00000-of-00001.arrow'],
      /left out \S+ and 1 more: bookkeeping of datasets/,
    ],
    [
      'spark-dir/spark',
      ['lang=en/part-00000.snappy.parquet', 'lang=fr%2FCA/part-00000.snappy.parquet'],
      /left out \S+_SUCCESS: bookkeeping of Spark/,
    ],
    [
      'spark-dir/delta',
      ['part-00000.c000.snappy.parquet'],
      /left out \S+_delta_log: the log of a Delta table/,
    ],
  ])('%s: its data is done, its books are left out', async (name, outputs, leftOut) => {
    const output = name.replace('/', '-');
    const { code, stdout, stderr } = await edit(join(sharedFaults, name), output);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(leftOut);
    for (const each of outputs) expect(existsSync(join(directory, output, each))).toBe(true);
    for (const each of ['_metadata', '_delta_log', 'state.json', 'dataset_info.json']) {
      expect(existsSync(join(directory, output, each))).toBe(false);
    }
  });

  test('a file whose name is not UTF-8 is refused by its name, again and again; the others are done', async ({
    skip,
  }) => {
    mkdirSync(join(directory, 'tar'));
    try {
      execFileSync('tar', [
        '-xf',
        join(sharedFaults, 'latin1-name.tar'),
        '-C',
        join(directory, 'tar'),
      ]);
    } catch {
      skip('this file system takes no names that are not UTF-8');
    }
    cpSync(join(directory, 'tar/names/plain.jsonl'), join(directory, 'tar/names/z.jsonl'));
    const refused =
      /^toedit: tar\/names\/caf\\xe9\.jsonl: its name is not UTF-8; rename it, and begin the run anew\n$/;
    for (const args of [
      ['edit', 'tar', '-o', 'named'],
      ['edit', 'tar', '-o', 'named'],
      ['retry', 'named'],
    ]) {
      const { code, stderr } = await runToedit([...args, '--threads', '1'], directory);
      expect(stderr).toMatch(refused);
      expect(code).toBe(3);
    }
    for (const name of ['plain.jsonl', 'z.jsonl']) {
      expect(readFileSync(join(directory, 'named/names', name)).length).toBe(102);
    }
  });
});

test('what is not read is summed up by reason, and named directly fails with what to do', async () => {
  mkdirSync(join(directory, 'mixed'));
  writeFileSync(join(directory, 'mixed/a.jsonl'), '{"text":"the sun"}\n');
  for (const name of ['b.csv', 'c.csv', 'd.csv.gz'])
    writeFileSync(join(directory, 'mixed', name), 'id,text\n');
  writeFileSync(join(directory, 'mixed/e.jsonl.xz'), Buffer.from('\xfd7zXZ\0', 'latin1'));
  const walked = await edit('mixed', 'mixed-out');
  expect(walked.code).toBe(0);
  expect(walked.stdout).toContain(
    '  left out mixed/b.csv and 2 more: CSV is not read: convert it to Parquet or JSON Lines\n',
  );
  expect(walked.stdout).toContain('  left out mixed/e.jsonl.xz: xz is not read: decompress it');
  const named = await edit('mixed/b.csv', 'csv-out');
  expect(named.code).toBe(3);
  expect(named.stderr).toMatch(
    /^toedit: mixed\/b\.csv is in no format that is read: [^\n]*convert it to Parquet or JSON Lines\n$/,
  );
});
