import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { outputsOf } from '../outputs-of.ts';
import { makeShardCorpus } from '../pipelines/shard-corpus.ts';
import { hasMoto, type MotoServer, startMoto } from '../src/stores/moto-server.ts';
import { runToedit } from './run-toedit.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-stores-'));
const corpus = join(directory, 'corpus');
const rule = ['--threshold', '0.2', '--exclude-original', '--seed', '3'];
let local: ReadonlyMap<string, string>;
let names: readonly string[];

beforeAll(async () => {
  mkdirSync(corpus);
  await makeShardCorpus(corpus);
  await rm(join(corpus, 'd.jsonl'));
  names = readdirSync(corpus);
  await runToedit(['edit', corpus, '-o', 'local', ...rule], directory);
  local = outputsOf(join(directory, 'local'));
});
afterAll(() => rm(directory, { recursive: true }));

/** What this machine's user has set up is no part of a test. */
const bare = { HOME: directory, AWS_EC2_METADATA_DISABLED: 'true' };
delete process.env['AWS_PROFILE'];
delete process.env['AWS_ACCESS_KEY_ID'];
delete process.env['AWS_SECRET_ACCESS_KEY'];
let runs = 0;

interface Printed {
  readonly error: { readonly code: string; readonly message: string };
}

describe.skipIf(!hasMoto())('S3', () => {
  let moto: MotoServer;
  const toedit = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    runToedit(args, directory, { env: { ...bare, ...moto.env, ...env } });
  const outputs = (name: string) => outputsOf(join(directory, name));
  const errorOf = ({ stdout }: { readonly stdout: string }) =>
    (JSON.parse(stdout) as Printed).error;

  beforeAll(async () => {
    moto = await startMoto();
    await moto.put('bucket');
    for (const name of names)
      await moto.put(`bucket/some/data/${name}`, readFileSync(join(corpus, name)));
    await moto.put('bucket/some/data/_SUCCESS', new Uint8Array(0));
    await moto.put('bucket/some/data/.hidden/x.jsonl', Buffer.from('{"text":"no"}'));
    await moto.put('bucket/some/data/notes.md', Buffer.from('# Notes'));
    await moto.put('bucket/some/database/x.jsonl', Buffer.from('{"text":"no"}'));
  });
  afterAll(() => moto[Symbol.asyncDispose]());

  test('what lies below a prefix is edited to the same bytes as the same files here', async () => {
    const { code, stderr } = await toedit([
      'edit',
      's3://bucket/some/data',
      '-o',
      'edited',
      '--quiet',
      ...rule,
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(outputs('edited')).toEqual(local);
    expect(local.size).toBe(names.length + 1);
    const state = readdirSync(join(directory, 'edited/.toedit'), {
      recursive: true,
      encoding: 'utf8',
    });
    expect(state.filter((name) => name.includes('.object'))).toEqual([]);
    const verified = await toedit(['verify', 'edited']);
    expect(verified).toMatchObject({ code: 0, stdout: expect.stringContaining('all is well') });
  });

  test('so is a glob, and an object by its name', async () => {
    const glob = await toedit([
      'edit',
      's3://bucket/some/*/[a-e].jsonl',
      '-o',
      'globbed',
      '--json',
      ...rule,
    ]);
    expect(glob.code).toBe(0);
    for (const name of ['a', 'b', 'c', 'e'].map((letter) => `${letter}.jsonl`)) {
      expect(outputs('globbed').get(`data/${name}`)).toBe(local.get(name));
    }
    const one = await toedit([
      'edit',
      's3://bucket/some/data/g.parquet',
      '-o',
      'one',
      '--quiet',
      ...rule,
    ]);
    expect(one.code).toBe(0);
    expect(outputs('one')).toEqual(new Map([['g.parquet', local.get('g.parquet')]]));
  });

  test('a run that was planned is done by its tasks; scores are resampled; revert takes the edits back', async () => {
    const planned = await toedit(['plan', 's3://bucket/some/data/', '-o', 'planned', ...rule]);
    expect(planned.code).toBe(0);
    for (const shard of ['0/2', '1/2']) {
      expect((await toedit(['run', 'planned', '--shard', shard, '--quiet'])).code).toBe(0);
    }
    expect(outputs('planned')).toEqual(local);
    const kept = ['--candidates', '16', '--candidate-threshold', '0.2', '--quiet'];
    expect((await toedit(['score', 's3://bucket/some/data/', '-o', 'scored', ...kept])).code).toBe(
      0,
    );
    expect((await toedit(['resample', 'scored', '-o', 'resampled', '--quiet', ...rule])).code).toBe(
      0,
    );
    expect(outputs('resampled')).toEqual(local);
    expect((await toedit(['revert', 'planned', '-o', 'reverted', '--quiet'])).code).toBe(0);
    expect(outputs('reverted').get('b.jsonl')).toBe(outputsOf(corpus).get('b.jsonl'));
  });

  test('analyse and select read it, with the results of the same files here', async () => {
    const analysed = [];
    for (const place of ['s3://bucket/some/data/', corpus]) {
      const { code, stdout } = await toedit(['analyse', '--as', `x=${place}`, '--json']);
      expect(code).toBe(0);
      analysed.push((JSON.parse(stdout) as { readonly sets: unknown }).sets);
    }
    expect(analysed[0]).toEqual(analysed[1]);
    const select = ['dsir', '--target', join(corpus, 'a.jsonl'), '--rows', '20', '--quiet'];
    for (const [output, from] of [
      ['selected', 's3://bucket/some/data/b.jsonl'],
      ['selected-here', join(corpus, 'b.jsonl')],
    ] as const) {
      const { code, stderr } = await toedit(['select', ...select, '--from', from, '-o', output]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    }
    expect(outputs('selected')).toEqual(outputs('selected-here'));
  });

  test('an object that is another one by now is refused, and so is the run that goes on', async () => {
    await moto.put('bucket/changing/a.jsonl', Buffer.from('{"text":"the old man"}\n'));
    const args = ['edit', 's3://bucket/changing/', '-o', 'changing', '--json', ...rule];
    expect((await toedit(['plan', ...args.slice(1)])).code).toBe(0);
    await moto.put('bucket/changing/a.jsonl', Buffer.from('{"text":"the sea, a"}\n\n'));
    const again = await toedit(args);
    expect(again.code).toBe(2);
    expect(errorOf(again)).toMatchObject({
      code: 'MANIFEST_CONFLICT',
      message: expect.stringMatching(
        /the content of a\.jsonl was jsonl \(etag:.*\), is jsonl \(etag:/u,
      ),
    });
    const run = await toedit(['run', 'changing']);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('s3://bucket/changing/a.jsonl has changed: it was etag:');
    expect((await toedit(['retry', 'changing', '--quiet'])).code).toBe(0);
    await moto.remove('bucket/changing/a.jsonl');
    const gone = await toedit(['verify', 'changing', '--json']);
    expect(gone.stdout).toContain('it is gone, not there');
  });

  test('credentials come from a profile; without any what is public is read, and nothing else', async () => {
    const text = Buffer.from('{"text":"the old man"}\n');
    await moto.put('bucket/public/a.jsonl', text, { 'x-amz-acl': 'public-read' });
    const own = join(directory, 'credentials');
    writeFileSync(own, '[mine]\naws_access_key_id = x\naws_secret_access_key = y\n');
    const edit = (input: string, env: Readonly<Record<string, string>>) =>
      runToedit(['edit', input, '-o', join('by', String(runs++)), '--json'], directory, {
        env: { ...bare, AWS_ENDPOINT_URL: moto.env['AWS_ENDPOINT_URL'] ?? '', ...env },
      });
    expect((await edit('s3://bucket/public/a.jsonl', {})).code).toBe(0);
    const denied = await edit('s3://bucket/some/data/a.jsonl', {});
    expect(denied.code).toBe(2);
    expect(errorOf(denied)).toEqual({
      code: 'STORE_DENIED',
      message:
        's3://bucket/some/data/a.jsonl may not be read (it answered 403); give credentials that may (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE)',
    });
    const profile = { AWS_PROFILE: 'mine', AWS_SHARED_CREDENTIALS_FILE: own };
    expect((await edit('s3://bucket/some/data/a.jsonl', profile)).code).toBe(0);
  });

  test.each([
    [
      'a bucket that is not there',
      's3://no-bucket/x/',
      {},
      /INPUT_NOT_FOUND.*s3:\/\/no-bucket\/x\/: there is no s3:\/\/no-bucket; check its name/u,
    ],
    [
      'a prefix of nothing',
      's3://bucket/nothing/',
      {},
      /INPUT_NOT_FOUND.*no data file matches s3:\/\/bucket\/nothing\//u,
    ],
    [
      'a server that is not there',
      's3://bucket/x',
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' },
      /STORE_UNREACHABLE.*s3:\/\/bucket\/x cannot be read for now/u,
    ],
    [
      'a client that is not installed',
      's3://bucket/x',
      { NODE_OPTIONS: withoutClient() },
      /STORE_CLIENT_MISSING.*npm install opendal@/u,
    ],
    [
      'an account that nobody names',
      'az://container/x',
      {},
      /BAD_OPTION.*set AZURE_STORAGE_ACCOUNT/u,
    ],
    ['no address', 's3:///x', {}, /BAD_OPTION.*write s3:\/\/BUCKET\/PREFIX/u],
  ] as const)('%s is an error that says what to do', async (_, input, env, expected) => {
    const { code, stdout } = await toedit(['edit', input, '-o', 'nothing', '--json'], env);
    expect(stdout).toMatch(expected);
    expect(code).toBe(stdout.includes('UNREACHABLE') ? 1 : 2);
  });

  test.each([
    ['edit', corpus],
    ['plan', corpus],
    ['analyse', '--as', `x=${corpus}`],
  ])('no output goes there: %s', async (...args) => {
    const { code, stderr } = await toedit([...args, '--output', 's3://bucket/out']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/s3:\/\/bucket\/out.*file system.*upload it afterwards/u);
  });
});

/** Options of Node by which a package is not found. */
function withoutClient(): string {
  const hooks = `export async function resolve(name, context, next) {
    if (name === 'opendal') throw new Error("Cannot find package 'opendal' imported from here");
    return next(name, context);
  }`;
  const address = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;
  const register = `import { register } from 'node:module'; register(${JSON.stringify(address(hooks))});`;
  return `--import ${address(register)}`;
}
