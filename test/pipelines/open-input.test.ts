import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Field, Utf8 } from 'apache-arrow';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readJsonl } from '#toedit/operators/formats/read-jsonl';
import { readParquet } from '#toedit/operators/formats/read-parquet';
import { writeParquet } from '#toedit/operators/formats/write-parquet';
import { openInput } from '#toedit/pipelines/executor/open-input';
import type { OpenedInput } from '#toedit/pipelines/executor/open-texts';
import { openOutput } from '#toedit/pipelines/executor/write-output';
import { refuseExistingOutputs } from '#toedit/pipelines/planning/refuse-existing-outputs';
import { outputPath } from '#toedit/pipelines/stages/output-path';
import { joinTexts, replaceTextColumn } from '#toedit/src/arrow/text-column';
import type { Source } from '#toedit/src/operator';
import { planTasks } from '#toedit/src/run/manifest/plan-tasks';
import { linesOf, textsOf } from '../operators/json-lines.ts';
import { collect, countedSource } from '../operators/text-batch.ts';
import { recordBatchOf } from '../record-batch-of.ts';
import { type ArchiveMember, zipArchive } from '../src/zip/zip-archive.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-open-'));
afterAll(() => rmSync(directory, { recursive: true }));

const batch = recordBatchOf([{ field: new Field('text', new Utf8(), true), values: ['a', null] }]);
let parquet = Buffer.alloc(0) as Buffer;
beforeAll(async () => {
  const path = join(directory, 'made.parquet');
  await writeParquet(path, { compression: 'snappy' })(countedSource([batch]).source);
  parquet = readFileSync(path);
});

let count = 0;
const put = (name: string, bytes: string | Uint8Array) => {
  const path = join(directory, `${count++}-${name}`);
  writeFileSync(path, bytes);
  return { path, relativePath: `mirrored/${name}`, explicit: true };
};
const archive = (...members: readonly ArchiveMember[]) => put('a.zip', zipArchive(members));
const base = { inputs: [], output: join(directory, 'out') };

const open = async (...[input, options = base]: Parameters<typeof openInput>) => {
  const seen: unknown[] = [];
  for await (const opened of openInput(input, options)) {
    if (opened.status !== 'data') seen.push([opened.name, opened.status]);
    else {
      const { name, relativePath, rows, parquet: layout } = opened;
      const texts = textsOf(await collect(opened.source), String(options.textColumn ?? 'text'));
      seen.push([name, relativePath, rows, layout?.compression, texts]);
    }
  }
  return seen;
};

test('a file is one input', async () => {
  const input = put('a.parquet', parquet);
  const texts = ['a', null];
  expect(await open(input, base)).toEqual([[input.path, 'mirrored/a.parquet', 2, 'snappy', texts]]);
  const lines = put('b.jsonl', '{"id":7,"body":"a"}\n{}');
  expect(await open(lines, { ...base, textColumn: 'body', keyColumn: 'id' })).toEqual([
    [lines.path, 'mirrored/b.jsonl', null, undefined, texts],
  ]);
});

test('an archive is an input a member, also where some cannot be opened', async () => {
  const input = archive(
    { name: 'd/a.parquet', bytes: parquet },
    { name: 'd/b.parquet', bytes: parquet.subarray(0, 60) },
    { name: 'd/c.jsonl', bytes: Buffer.from('{"text":"c"}') },
    { name: 'README', bytes: Buffer.from('read me') },
  );
  expect(await open(input, base)).toEqual([
    [`${input.path}/README`, 'skipped'],
    [`${input.path}/d/a.parquet`, 'mirrored/a.zip/d/a.parquet', 2, 'snappy', ['a', null]],
    [`${input.path}/d/b.parquet`, 'failed'],
    [`${input.path}/d/c.jsonl`, 'mirrored/a.zip/d/c.jsonl', null, undefined, ['c']],
  ]);
});

test('a file that cannot be opened is an error', async () => {
  await expect(open(put('x.parquet', 'text'), base)).rejects.toMatchObject({
    code: 'FORMAT_UNKNOWN',
  });
});

test('two members, or two files, may not have one output', async () => {
  const lines = Buffer.from('{"text":"c"}');
  const options = { ...base, format: 'parquet' } as const;
  const input = archive({ name: 'a.jsonl', bytes: lines }, { name: 'a.parquet', bytes: parquet });
  expect((await open(input, options)).map((seen) => (seen as string[])[1])).toEqual([
    'mirrored/a.zip/a.jsonl',
    'failed',
  ]);
  const files = [put('a.jsonl', lines), put('a.parquet', parquet)];
  const tasks = await planTasks(files);
  await refuseExistingOutputs(tasks, base);
  await expect(refuseExistingOutputs(tasks, options)).rejects.toMatchObject({
    code: 'BAD_OPTION',
    message: expect.stringContaining('mirrored/a.parquet') as string,
  });
});

test('no output may lie below that of a file', async () => {
  const lines = '{"text":"c"}';
  const files = [
    { ...put('a', lines), relativePath: 'a' },
    { ...put('b', lines), relativePath: 'a/c/b' },
  ];
  await expect(refuseExistingOutputs(await planTasks(files), base)).rejects.toMatchObject({
    code: 'BAD_OPTION',
    message: expect.stringMatching(/out\/a\/c\/b, below \S+\/out\/a, which/) as string,
  });
});

/** Opens the only input, changes its texts, and writes it. */
const convert = async (
  input: ReturnType<typeof put>,
  format: 'jsonl' | 'parquet' | 'arrow' | undefined,
): Promise<string> => {
  const options = { ...base, output: join(directory, `out-${count++}`), format };
  async function* edited(source: Source): Source {
    for await (const each of source) {
      const texts = Array.from({ length: each.numRows }, () => Buffer.from('edited'));
      yield replaceTextColumn(each, 'text', joinTexts(texts, undefined));
    }
  }
  for await (const opened of openInput(input, options)) {
    const { source } = opened as OpenedInput;
    const path = outputPath(opened as OpenedInput, options);
    await openOutput(opened as OpenedInput, options, { path })(edited(source));
    return path.slice(options.output.length + 1);
  }
  throw new Error('nothing was opened');
};
const outputOf = (name: string) => join(directory, `out-${count - 1}`, name);

test('the output is like the input, and its name changes with the format only', async () => {
  expect(await convert(put('a.data', '{"text":"x","n":1}\n'), undefined)).toBe('mirrored/a.data');
  expect(readFileSync(outputOf('mirrored/a.data'), 'utf8')).toBe('{"text":"edited","n":1}\n');

  expect(await convert(put('a.parquet', parquet), 'jsonl')).toBe('mirrored/a.jsonl');
  const lines = await collect(readJsonl(outputOf('mirrored/a.jsonl')));
  expect(textsOf(lines, 'text')).toEqual(['edited', 'edited']);

  const line = '\n{"text": "x", "n": 1} \r\n';
  expect(await convert(put('a.jsonl', line), 'parquet')).toBe('mirrored/a.parquet');
  const rows = await collect(readParquet(outputOf('mirrored/a.parquet')));
  expect(textsOf(rows, 'text')).toEqual(['edited']);
  expect(linesOf(rows).toString()).toBe(line.replace('"x"', '"edited"'));
});

test('lines that went through Parquet are written as lines again', async () => {
  const line = '\ufeff{"text": "x", "n": 1e400} \r\n\n';
  await convert(put('a.jsonl', line), 'parquet');
  const path = outputOf('mirrored/a.parquet');
  await convert({ path, relativePath: 'back.parquet', explicit: true }, 'jsonl');
  expect(readFileSync(outputOf('back.jsonl'), 'utf8')).toBe(line.replace('"x"', '"edited"'));
});
