import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { writeArrow } from '#toedit/operators/formats/write-arrow';
import { writeParquet } from '#toedit/operators/formats/write-parquet';
import { openInput } from '#toedit/pipelines/executor/open-input';
import { writeOutput } from '#toedit/pipelines/executor/write-output';
import { emptyTotals } from '#toedit/src/metrics/totals';
import { numbered, textBatch } from '../operators/text-batch.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-finish-'));
afterAll(() => rmSync(directory, { recursive: true }));

async function* batches() {
  yield await Promise.resolve(textBatch(numbered(['a', null, 'c'])));
}

const inputs: readonly [string, (path: string) => unknown][] = [
  ['in.jsonl', (path) => writeFileSync(path, '{"text":"a"}\n{"text":null}\n{"text":"c"}\n')],
  ['in.parquet', (path) => writeParquet(path)(batches())],
  ['in.arrow', (path) => writeArrow(path)(batches())],
];

/** Finishes a unit in which nothing is edited; gives the files of the output directory. */
async function finished(
  name: string,
  path: string,
  requireInput?: () => Promise<void>,
): Promise<() => string[]> {
  const output = mkdtempSync(join(directory, 'out-'));
  const parts = join(output, '.parts');
  mkdirSync(parts);
  const options = { inputs: [], output };
  for await (const input of openInput({ path, relativePath: name }, options)) {
    if (input.status !== 'data') throw new Error('it is no data');
    const { passed, edits } = emptyTotals();
    const unit = { name: '0', record: { rows: 3 }, passed, edits };
    const paths = { output, deadLetters: join(output, '.dead-letters'), parts };
    const context = {
      command: 'edit',
      run: 'a run',
      options,
      paths,
      worker: 'one',
      requireInput,
    } as const;
    const done = writeOutput(input, unit, context);
    if (requireInput === undefined) await done;
    else await expect(done).rejects.toThrow('it was written to');
  }
  return () => readdirSync(output, { recursive: true, encoding: 'utf8' }).sort();
}

describe.each(inputs)('%s', (name, write) => {
  test('appears where its input is what it was, and not where that was written to meanwhile', async () => {
    const path = join(directory, name);
    await write(path);
    const right = await finished(name, path);
    expect(right()).toEqual(['.parts', name]);
    let seen: string[] = [];
    const wrong = await finished(name, path, () => {
      seen = readdirSync(directory, { recursive: true, encoding: 'utf8' });
      return Promise.reject(new Error('it was written to'));
    });
    // It is asked when the file is whole, under its temporary name.
    expect(seen.some((file) => file.endsWith('0-one.part'))).toBe(true);
    expect(wrong()).toEqual(['.parts']);
  });
});
