import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Data, Field, type RecordBatch } from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import { readJsonl } from '#toedit/operators/read-jsonl';
import { writeArrow } from '#toedit/operators/write-arrow';
import { writeParquet } from '#toedit/operators/write-parquet';
import { outputOptions } from '#toedit/pipelines/output-options';
import { verifyRun } from '#toedit/pipelines/verify-run';
import { withColumns } from '#toedit/src/arrow/with-columns';
import { openLedger } from '#toedit/src/run/ledger/ledger';
import type { EditSample, UnitReport } from '#toedit/src/run/ledger/ledger-entry';
import type { Manifest } from '#toedit/src/run/manifest/manifest';
import { isClean } from '#toedit/src/run/verify-report';
import { numbered, textBatch } from '../operators/text-batch.ts';
import { doneUnit, entryOf, failedUnit } from '../src/run/sample-entries.ts';
import { makeRun, type SampleRun, sampleTask } from './sample-run.ts';

/** A fox in row 1 became a dog; row 2 has no text; row 3 was left alone. */
const texts = ['one', 'a fox — é', null, 'three'];
const edited = ['one', 'a dog — é', null, 'three'];
const samples: readonly EditSample[] = [
  { row: 0, edits: [] },
  { row: 1, edits: [{ offset: 2, length: 3, text: Buffer.from('dog').toString('base64') }] },
  { row: 3, edits: [] },
];

type Write = (path: string, texts: readonly (string | null)[]) => Promise<void>;

const line = (text: string | null, id: number) =>
  `{ "id":${id},"text": ${JSON.stringify(text)} ,"w":1.50}\n`;
const writeLines: Write = (path, rows) => writeFile(path, rows.map(line).join(''));
const batchOf = async function* (rows: readonly (string | null)[]): AsyncGenerator<RecordBatch> {
  const whole = textBatch(numbered(rows));
  yield whole.slice(0, 2);
  yield whole.slice(2);
};
const formats: readonly [string, Write][] = [
  ['jsonl', writeLines],
  ['jsonl.gz', (path, rows) => writeFile(path, gzipSync(rows.map(line).join('')))],
  ['parquet', (path, rows) => writeParquet(path)(batchOf(rows)).then(() => undefined)],
  ['arrow', (path, rows) => writeArrow(path)(batchOf(rows)).then(() => undefined)],
];

interface RunFacts {
  readonly extension?: string;
  readonly write?: Write;
  readonly unit?: Partial<UnitReport>;
  readonly manifest?: Partial<Manifest>;
  readonly rows?: readonly (string | null)[];
}

/** A run of one file that is done: what was read is in `input`, what was written in `written`. */
async function finished(
  facts: RunFacts = {},
): Promise<SampleRun & { input: string; written: string }> {
  const { extension = 'jsonl', write = writeLines, rows = edited } = facts;
  const run = await makeRun([], facts.manifest);
  const input = join(run.directory, `in.${extension}`);
  const written = join(run.output, `in.${extension}`);
  await write(input, texts);
  await write(written, rows);
  const { size, mtimeNs } = await stat(input, { bigint: true });
  const state = { path: input, bytes: Number(size), modifiedNs: String(mtimeNs) };
  await run.plan([sampleTask(0, state)]);
  const sha256 = createHash('sha256')
    .update(await readFile(written))
    .digest('hex');
  await using ledger = openLedger(run.paths, 'one');
  const report = doneUnit(input, { output: written, rows: 4, sha256, samples, ...facts.unit });
  await ledger.append(entryOf(0, { units: [report] }));
  return { ...run, input, written };
}

describe.each(formats)('%s', (extension, write) => {
  test('that is as it should be has no problem', async () => {
    await using run = await finished({ extension, write });
    expect(await verifyRun(run.output)).toEqual({
      ...{ output: run.output, tasks: 1, outputs: 1, rows: 4, comparedRows: 3, problems: [] },
    });
    expect(await verifyRun(run.output, { sample: 1 })).toMatchObject({ comparedRows: 1 });
  });

  test.each<[string, readonly (string | null)[]]>([
    ['an edit that is missing', texts],
    ['another edit', ['one', 'a cat — é', null, 'three']],
    ['a change of a row that was not edited', ['One', 'a dog — é', null, 'three']],
    ['rows in another order', ['three', 'a dog — é', null, 'one']],
    ['a text that is gone', ['one', null, null, 'three']],
  ])('%s is found', async (_, rows) => {
    await using run = await finished({ extension, write, rows });
    const { problems } = await verifyRun(run.output);
    expect(problems).toMatchObject([{ kind: 'edits', isWarning: false, file: run.written }]);
  });

  test('a row that was lost is found', async () => {
    await using run = await finished({ extension, write, rows: edited.slice(0, 3) });
    expect((await verifyRun(run.output)).problems).toMatchObject([{ kind: 'rows' }]);
  });

  test('one byte that was flipped is found', async () => {
    await using run = await finished({ extension, write });
    const bytes = await readFile(run.written);
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    await writeFile(run.written, bytes);
    expect((await verifyRun(run.output)).problems).toMatchObject([{ kind: 'checksum' }]);
  });

  test('an output that was damaged before its checksum was noted is found', async () => {
    await using run = await finished({ extension, write, unit: { sha256: null } });
    await truncate(run.written, (await stat(run.written)).size - 9);
    const { problems } = await verifyRun(run.output);
    expect(problems).toHaveLength(1);
    expect(['damaged', 'rows']).toContain(problems[0]?.kind);
  });
});

describe('what belongs to a run', () => {
  test('is told where it is gone', async () => {
    await using run = await finished();
    await rm(run.written);
    expect((await verifyRun(run.output)).problems).toEqual([
      { kind: 'missing', isWarning: false, file: run.written, message: 'it is gone' },
    ]);
  });

  test('is told where it is not done, or failed', async () => {
    await using run = await makeRun([0, 1, 2].map((index) => sampleTask(index)));
    await using ledger = openLedger(run.paths, 'one');
    await ledger.append(entryOf(1, { status: 'running' }));
    await ledger.append(entryOf(2, { status: 'failed', units: [failedUnit('c')] }));
    expect((await verifyRun(run.output)).problems).toMatchObject([
      { kind: 'not-done', file: '/corpus/part-0.jsonl' },
      { kind: 'not-done', file: '/corpus/part-1.jsonl' },
      { kind: 'failed', file: 'c', message: 'c is cut off; fetch it again' },
    ]);
  });

  test('and what does not, is told apart, as a warning', async () => {
    await using run = await finished();
    await mkdir(join(run.output, 'old'));
    await writeFile(join(run.output, 'old/other.jsonl'), '');
    const retired = join(run.output, '.toedit-retired-one-0');
    await mkdir(retired);
    await writeFile(join(retired, 'manifest.jsonl'), '');
    await mkdir(join(run.paths.journals, '0000000'), { recursive: true });
    const report = await verifyRun(run.output);
    expect(report.problems).toMatchObject([
      { kind: 'leftover', isWarning: true, file: join(run.output, 'old/other.jsonl') },
      { kind: 'leftover', isWarning: true, file: retired },
      { kind: 'journal', isWarning: true, file: join(run.paths.journals, '0000000') },
    ]);
    expect(isClean(report)).toBe(true);
  });
});

describe('an input', () => {
  test('that is gone leaves the output to itself', async () => {
    await using run = await finished();
    await rm(run.input);
    const report = await verifyRun(run.output);
    expect(report).toMatchObject({ outputs: 1, comparedRows: 0 });
    expect(report.problems).toMatchObject([{ kind: 'input', isWarning: true, file: run.input }]);
  });

  test('that has changed is not compared', async () => {
    await using run = await finished();
    await appendFile(run.input, line('more', 4));
    expect((await verifyRun(run.output)).problems).toMatchObject([
      { kind: 'input', isWarning: true, file: run.input },
    ]);
  });
});

describe('lines of JSON', () => {
  test.each([
    ['another field', '"w":1.50', '"w":1.5'],
    ['white space', '{ "id"', '{"id"'],
    ['a literal of the same text', '"one"', '"\\u006fne"'],
    ['a further field', '"w":1.50}', '"w":1.50,"v":1}'],
  ])('that differ in %s are found', async (_, from, to) => {
    const write: Write = (path, rows) => {
      const lines = rows.map(line).join('');
      return writeFile(path, path.includes('/out/') ? lines.replace(from, to) : lines);
    };
    await using run = await finished({ write });
    const { problems } = await verifyRun(run.output);
    expect(problems).toMatchObject([{ kind: 'edits', message: expect.stringMatching(/^row 0: /) }]);
  });
});

describe('rows that were set aside', () => {
  const setAside = async (deadRows: readonly number[]) => {
    const run = await finished({
      write: (path, rows) => {
        const lines = rows.map(line).filter((_, row) => row !== 2 || !path.includes('/out/'));
        return writeFile(path, lines.join(''));
      },
      unit: { deadLetters: 1, deadLetterFile: 'dead' },
    });
    const deadLetterFile = join(run.paths.deadLetters, 'in.jsonl');
    await mkdir(run.paths.deadLetters);
    const lines = deadRows.map((row) => `{"text":null,"dead_letter_row":${row}}\n`);
    await writeFile(deadLetterFile, lines.join(''));
    const sha256 = createHash('sha256')
      .update(await readFile(run.written))
      .digest('hex');
    await using ledger = openLedger(run.paths, 'two');
    const facts = { output: run.written, rows: 4, deadLetters: 1, deadLetterFile, sha256, samples };
    await ledger.append(entryOf(0, { attempt: 1, units: [doneUnit(run.input, facts)] }));
    return run;
  };

  test('move up the rows after them', async () => {
    await using run = await setAside([2]);
    expect(await verifyRun(run.output)).toMatchObject({ rows: 3, comparedRows: 3, problems: [] });
  });

  test('are counted', async () => {
    await using run = await setAside([1, 2]);
    expect((await verifyRun(run.output)).problems).toMatchObject([{ kind: 'rows' }]);
  });

  test('are the ones that are missing', async () => {
    await using run = await setAside([0]);
    expect((await verifyRun(run.output)).problems).toMatchObject([{ kind: 'edits' }]);
  });
});

describe('columns', () => {
  const asParquet = formats[2]?.[1] ?? writeLines;
  const withOutput = (batches: () => AsyncGenerator<RecordBatch>, manifest = {}) =>
    finished({
      ...{ extension: 'parquet', manifest, unit: { samples: [] } },
      write: async (path, rows) => {
        if (path.includes('/out/')) await writeParquet(path)(batches());
        else await asParquet(path, rows);
      },
    });
  const added = (names: readonly string[]) =>
    async function* (): AsyncGenerator<RecordBatch> {
      for await (const batch of batchOf(texts)) {
        const text = batch.getChild('text')?.data[0] as Data;
        const field = (name: string) => new Field(name, text.type, true);
        yield withColumns(
          batch,
          names.map((name) => ({ field: field(name), data: text })),
        );
      }
    };

  test('that the command adds belong there', async () => {
    const manifest = { command: 'score' } as const;
    await using run = await withOutput(added(['token_ids', 'token_logprobs']), manifest);
    // Scores edit nothing: rows 0 and 1 are compared.
    expect(await verifyRun(run.output)).toMatchObject({ comparedRows: 2, problems: [] });
  });

  test.each<[string, readonly string[], string]>([
    ['too many', ['more'], 'it has a further column, "more"'],
    ['missing', [], 'column 2 is absent, not "token_ids"'],
  ])('that are %s are found', async (_, names, message) => {
    const manifest = names.length === 0 ? ({ command: 'score' } as const) : {};
    await using run = await withOutput(added(names), manifest);
    expect((await verifyRun(run.output)).problems).toMatchObject([{ kind: 'schema', message }]);
  });
});

test('lines of JSON that went to Parquet are compared as columns', async () => {
  const convert = async (rows: readonly (string | null)[]) => {
    const manifest = {
      options: outputOptions('edit', { inputs: [], output: '', format: 'parquet' }),
    };
    const run = await finished({ manifest, unit: { output: 'none' } });
    const from = join(run.directory, 'from.jsonl');
    const output = join(run.output, 'in.parquet');
    await rm(run.written);
    await writeLines(from, rows);
    await writeParquet(output)(readJsonl(from));
    const sha256 = createHash('sha256')
      .update(await readFile(output))
      .digest('hex');
    await using ledger = openLedger(run.paths, 'two');
    const report = doneUnit(run.input, { output, rows: 4, sha256, samples });
    await ledger.append(entryOf(0, { attempt: 1, units: [report] }));
    return run;
  };
  await using right = await convert(edited);
  expect(await verifyRun(right.output)).toMatchObject({ comparedRows: 3, problems: [] });
  await using wrong = await convert(texts);
  expect((await verifyRun(wrong.output)).problems).toMatchObject([{ kind: 'edits' }]);
});
