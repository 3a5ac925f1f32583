import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readSample } from '#toedit/pipelines/sample/score-sample';
import { root } from '../sandbox.ts';
import { zipArchive } from '../src/zip/zip-archive.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-sample-'));
afterAll(() => rmSync(directory, { recursive: true }));

const linesOf = (texts: readonly (string | null)[]): Buffer =>
  Buffer.from(texts.map((text) => `${JSON.stringify({ body: text })}\n`).join(''));
const textColumn = 'body';

function write(name: string, bytes: Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, bytes);
  return path;
}

test('rows without text are left out; the others keep their place', async () => {
  const first = write('first.jsonl', linesOf(['one', null, '', '\ufefftwo']));
  const members = [
    { name: 'a.jsonl', bytes: linesOf([null, 'three']) },
    { name: 'notes.txt', bytes: Buffer.from('no data') },
    { name: 'b.jsonl', bytes: linesOf(['four']) },
  ];
  const archive = write('second.zip', zipArchive(members));
  expect(await readSample([first, archive], { textColumn })).toEqual([
    { file: first, row: 0, text: 'one' },
    { file: first, row: 3, text: '\ufefftwo' },
    { file: `${archive}/a.jsonl`, row: 1, text: 'three' },
    { file: `${archive}/b.jsonl`, row: 0, text: 'four' },
  ]);
});

test('no more rows are read than asked for, of Parquet, too', async () => {
  const corpus = join(root, 'examples/corpus');
  const documents = await readSample([corpus], { maxRows: 12 });
  expect(documents.map(({ row }) => row)).toHaveLength(12);
  expect(new Set(documents.map(({ file }) => file)).size).toBeGreaterThan(1);
  const [one] = await readSample([corpus], { maxRows: 1 });
  expect(one).toEqual(documents[0]);
});

test('of a long text the beginning is taken, up to a whole character', async () => {
  const path = write('long.jsonl', linesOf([`a${'🙂'.repeat(2 ** 16)}`]));
  const [document] = await readSample([path], { textColumn });
  expect(document?.text).toBe(`a${'🙂'.repeat(2 ** 14 - 1)}`);
});

test('a sample without a document, and a damaged member, are refused', async () => {
  const empty = write('empty.jsonl', linesOf([null, '', 'x'.repeat(0)]));
  await expect(readSample([empty], { textColumn })).rejects.toMatchObject({
    code: 'INPUT_NOT_FOUND',
    message: expect.stringContaining('holds no text in column "body"') as string,
  });
  const member = { name: 'a.jsonl', bytes: Buffer.from('{"body": "one"\n') };
  const broken = write('broken.zip', zipArchive([member]));
  await expect(readSample([broken], { textColumn })).rejects.toMatchObject({
    code: 'FILE_CORRUPT',
  });
});

test('an abort ends the reading', async () => {
  const path = write('some.jsonl', linesOf(['one']));
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(readSample([path], { textColumn, signal })).rejects.toThrow('enough');
});
