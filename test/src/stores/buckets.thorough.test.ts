import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readSample } from '#toedit/pipelines/sample/score-sample';
import { listInputs } from '#toedit/src/files/list-inputs';
import { readBytes } from '#toedit/src/files/read-bytes';
import { readObject, statObject } from '#toedit/src/stores/objects';
import { type CloudServer, startCloudServer } from './cloud-server.ts';

let cloud: CloudServer;
beforeAll(async () => {
  cloud = await startCloudServer();
  Object.assign(process.env, {
    STORAGE_EMULATOR_HOST: cloud.url,
    AZURE_STORAGE_CONNECTION_STRING: `AccountName=acc;AccountKey=a2V5;BlobEndpoint=${cloud.url}`,
  });
});
beforeEach(() => cloud.objects.clear());
afterAll(() => cloud[Symbol.asyncDispose]());

const copies = () => readdirSync(tmpdir()).filter((name) => name.startsWith('toedit-object-'));
const line = Buffer.from('{"text":"the old man"}\n');

describe.each(['gs', 'az'])('%s://', (scheme) => {
  const url = (key: string): string => `${scheme}://data/${key}`;

  test('objects are listed, looked at and read, by their ranges', async () => {
    cloud.objects.set('some/a b+é.jsonl', line);
    cloud.objects.set('some/.hidden.jsonl', line);
    cloud.objects.set('some/deeper/notes', Buffer.from('no data'));
    cloud.objects.set('something/else.jsonl', line);
    const { inputs, skipped } = await listInputs([url('some')]);
    expect(inputs).toEqual([
      { path: url('some/a b+é.jsonl'), relativePath: 'a b+é.jsonl', explicit: false },
    ]);
    expect(skipped).toEqual([
      { path: url('some/.hidden.jsonl'), reason: 'hidden' },
      { path: url('some/deeper/notes'), reason: 'not a data file' },
    ]);
    const path = url('some/a b+é.jsonl');
    const facts = await statObject(path);
    expect(facts?.bytes).toBe(line.length);
    const chunks = [];
    for await (const chunk of readBytes(path, { start: 2, length: 4 })) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe('text');
  });

  test('another content is not read for the one that was looked at', async () => {
    cloud.objects.set('a.jsonl', line);
    const facts = await statObject(url('a.jsonl'));
    if (facts === null) throw new Error('it is there');
    cloud.objects.set('a.jsonl', Buffer.concat([line, line, Buffer.from(' ')]));
    const read = readObject(url('a.jsonl'), { start: 0, length: 5, facts });
    await expect(read).rejects.toMatchObject({
      code: 'INPUT_CHANGED',
      place: { file: url('a.jsonl') },
    });
    expect(await statObject(url('b.jsonl'))).toBe(null);
  });
});

test('a sample is read from objects, and no copy stays', async () => {
  const before = copies();
  cloud.objects.set('a.jsonl', Buffer.concat([line, line, line]));
  const sample = await readSample(['gs://data/a.jsonl'], { maxRows: 2 });
  expect(sample.map(({ file, row }) => [file, row])).toEqual([
    ['gs://data/a.jsonl', 0],
    ['gs://data/a.jsonl', 1],
  ]);
  expect(copies()).toEqual(before);
});

test('Google is asked without credentials where there are none, Azure with a key', async () => {
  cloud.objects.set('a.jsonl', line);
  cloud.authorizations.length = 0;
  await statObject('gs://data/a.jsonl');
  await statObject('az://data/a.jsonl');
  expect(cloud.authorizations).toEqual([undefined, expect.stringMatching(/^SharedKey acc:/u)]);
});

test('a name that no file can have is an input that fails, with the reason', async () => {
  cloud.objects.set('x/deep/b\\y.jsonl', line);
  cloud.objects.set('x/a.jsonl', line);
  const { inputs } = await listInputs(['gs://data/x/']);
  expect(inputs.map(({ relativePath, problem }) => [relativePath, problem])).toEqual([
    ['a.jsonl', undefined],
    ['deep%2Fb%5Cy%2Ejsonl', expect.stringContaining('leads out')],
  ]);
});

const names = fc.constantFrom(
  'a',
  'b.jsonl',
  'c.parquet',
  '.d.jsonl',
  '_SUCCESS',
  '_delta_log',
  'd.crc',
);
const paths = fc.uniqueArray(fc.array(names, { minLength: 1, maxLength: 3 }), {
  selector: (path) => path.join('/'),
  minLength: 1,
  maxLength: 8,
});
const patterns = fc.constantFrom(
  '',
  '*',
  '**',
  '*/*',
  '**/*.jsonl',
  'a',
  'a/*',
  '{a,b.jsonl}',
  '.*',
  '[a-b]*/**',
);

test('in a bucket the same is found, and left out, as in a directory', async () => {
  await fc.assert(
    fc.asyncProperty(paths, patterns, async (all, pattern) => {
      // What is a file is no directory, too.
      const files = all
        .map((path) => path.join('/'))
        .filter((path, _, others) => !others.some((other) => other.startsWith(`${path}/`)));
      const directory = mkdtempSync(join(tmpdir(), 'toedit-same-'));
      cloud.objects.clear();
      for (const path of files) {
        mkdirSync(dirname(join(directory, path)), { recursive: true });
        writeFileSync(join(directory, path), line);
        cloud.objects.set(`base/${path}`, line);
      }
      const here = await found(join(directory, pattern), directory);
      const there = await found(
        pattern === '' ? 'gs://data/base/' : `gs://data/base/${pattern}`,
        'gs://data/base',
      );
      rmSync(directory, { recursive: true });
      expect(there).toEqual(here);
    }),
    { numRuns: 150 },
  );
});

async function found(pattern: string, base: string) {
  const listed = await listInputs([pattern]).catch((error: unknown) => error as { code: string });
  if ('code' in listed) return listed.code;
  const below = (path: string): string => path.slice(base.length + 1);
  return {
    inputs: listed.inputs.map(({ path, relativePath, explicit }) => [
      below(path),
      relativePath,
      explicit,
    ]),
    skipped: listed.skipped.map(({ path, reason }) => `${below(path)}: ${reason}`).toSorted(),
  };
}
