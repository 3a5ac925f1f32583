import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { outputsOf } from '../outputs-of.ts';
import { makeShardCorpus } from '../pipelines/shard-corpus.ts';
import {
  commitNamed,
  type HubServer,
  type ServedFile,
  startHubServer,
} from '../src/hub/hub-server.ts';
import { type FileServer, startFileServer } from '../src/stores/file-server.ts';
import { runToedit, startToedit } from './run-toedit.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-web-'));
const corpus = join(directory, 'corpus');
const rule = ['--threshold', '0.2', '--exclude-original', '--seed', '3'];
const outputs = (name: string) => outputsOf(join(directory, name));
let local: ReadonlyMap<string, string>;
let names: readonly string[];

beforeAll(async () => {
  mkdirSync(corpus);
  await makeShardCorpus(corpus);
  await rm(join(corpus, 'd.jsonl'));
  names = readdirSync(corpus);
  await runToedit(['edit', corpus, '-o', 'local', ...rule], directory);
  local = outputs('local');
});
afterAll(() => rm(directory, { recursive: true }));

const content = (name: string): Buffer => readFileSync(join(corpus, name));

/** Copies of objects that a run has left, with their sizes. */
function copiesIn(output: string): readonly number[] {
  const state = join(directory, output, '.toedit');
  const found = readdirSync(state, { recursive: true, encoding: 'utf8' });
  return found
    .filter((name) => name.includes('.object'))
    .map((name) => statSync(join(state, name)).size);
}

describe('a web server', () => {
  let server: FileServer;
  const toedit = (...args: readonly string[]) => runToedit(args, directory);
  const addresses = () => names.map((name) => `${server.url}/data/${name}?key=a%2Fb`);

  beforeAll(async () => {
    server = await startFileServer();
  });
  beforeEach(() => {
    for (const name of names) server.files.set(`/data/${name}`, content(name));
    server.fault = () => undefined;
    server.seen.length = 0;
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test('its files are edited to the same bytes, though each request fails once', async () => {
    const failed = new Map<string, number>();
    server.fault = (path) => {
      const before = failed.get(path) ?? 0;
      failed.set(path, before + 1);
      if (before % 2 === 1) return undefined;
      return [{ status: 503 }, { isReset: true }, { dropAfter: 0 }][(before / 2) % 3];
    };
    const { code, stderr } = await toedit('edit', ...addresses(), '-o', 'web', '--quiet', ...rule);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(outputs('web')).toEqual(local);
    expect(copiesIn('web')).toEqual([]);
  });

  test('one file that is not to be had fails, the rest is done; the next run has it', async () => {
    const args = ['edit', ...addresses(), '-o', 'partly', '--quiet', ...rule];
    expect((await toedit('plan', ...args.slice(1))).code).toBe(0);
    server.fault = (path) => (path.includes('b.jsonl') ? { status: 503 } : undefined);
    const { code, stderr } = await toedit('run', 'partly', '--quiet');
    expect(code).toBe(1);
    expect(stderr).toMatch(/b\.jsonl\S* cannot be read for now \(it answered 503\)/u);
    const others = new Map([...local].filter(([name]) => name !== 'b.jsonl'));
    expect(outputs('partly')).toEqual(others);
    server.fault = () => undefined;
    expect((await toedit('run', 'partly', '--quiet')).code).toBe(0);
    expect(outputs('partly')).toEqual(local);
    expect(copiesIn('partly')).toEqual([]);
  });

  test('what changes while it is copied fails its file, and nothing of it is written', async () => {
    let requests = 0;
    const path = '/data/b.jsonl';
    server.fault = () => {
      // After it was planned, and looked at twice.
      if (++requests === 5) server.files.set(path, Buffer.from('{"text":"other"}\n'));
      return undefined;
    };
    const { code, stderr } = await toedit('edit', server.url + path, '-o', 'torn', ...rule);
    expect(code).toBe(1);
    expect(stderr).toMatch(/b\.jsonl has changed: it was \d+ bytes, and is 17 bytes/u);
    expect(outputs('torn')).toEqual(new Map());
    expect(copiesIn('torn')).toEqual([]);
  });

  test('killed while it copies, a run continues its copy, and ends with the same bytes', async () => {
    const mebibyte = 2 ** 20;
    const line = `${JSON.stringify({ text: 'the old man and the sea' })}\n`;
    const large = Buffer.from(line.repeat(40 * Math.ceil(mebibyte / line.length)));
    server.files.set('/data/large.jsonl', large);
    const args = [
      'edit',
      `${server.url}/data/large.jsonl`,
      '-o',
      'killed',
      '--limit',
      '20',
      '--quiet',
    ];
    const running = startToedit([...args, ...rule], directory);
    const sent = () => server.seen.reduce((sum, { bytes }) => sum + bytes, 0);
    server.fault = () => {
      if (sent() > 30 * mebibyte) running.kill('SIGKILL');
      return undefined;
    };
    expect((await running.outcome).code).toBe(null);
    const [copied = 0] = copiesIn('killed');
    expect(copied).toBeGreaterThan(8 * mebibyte);
    server.seen.length = 0;
    server.fault = () => undefined;
    expect(await toedit(...args, ...rule)).toMatchObject({ code: 0, stderr: '' });
    expect(sent()).toBeLessThan(large.length - copied + 9 * mebibyte);
    expect(copiesIn('killed')).toEqual([]);
    const lines = readFileSync(join(directory, 'killed/large.jsonl'), 'utf8').trim().split('\n');
    expect(lines).toHaveLength(20);
  });

  test.each([
    [
      '/data/nothing.jsonl',
      /INPUT_NOT_FOUND.*nothing\.jsonl: there is no such file; check the address: a web server lists no files/u,
    ],
    ['/data/', /INPUT_NOT_FOUND.*a web server lists no files/u],
  ])('%s is not there', async (path, expected) => {
    const { code, stdout } = await toedit('edit', server.url + path, '-o', 'none', '--json');
    expect(code).toBe(2);
    expect(stdout).toMatch(expected);
  });
});

describe('a data set of the hub', () => {
  let hub: HubServer;
  const id = 'some-org/counting';
  const commits = [commitNamed('first'), commitNamed('second')] as const;
  const toedit = (...args: readonly string[]) =>
    runToedit(args, directory, {
      env: { HF_ENDPOINT: hub.endpoint, HF_HOME: join(directory, 'hf'), HF_TOKEN: 'hf_x' },
    });

  beforeAll(async () => {
    hub = await startHubServer();
    const files = new Map<string, ServedFile>(
      names.map((name) => [
        `data/${name}`,
        { content: content(name), isLarge: /parquet|arrow/u.test(name) },
      ]),
    );
    const first = new Map([...files, ['README.md', { content: Buffer.from('# Counting') }]]);
    const second = new Map([
      ...first,
      ['data/a.jsonl', { content: Buffer.from('{"text":"new"}\n') }],
    ]);
    hub.repositories.set(id, {
      commits: new Map([
        [commits[0], first],
        [commits[1], second],
      ]),
      refs: new Map([['main', commits[0]]]),
      token: 'hf_x',
    });
  });
  afterAll(() => hub[Symbol.asyncDispose]());

  test('is edited to the same bytes, and frozen to its commit', async () => {
    const args = ['edit', `hf://datasets/${id}/data`, '-o', 'hub', '--quiet', ...rule];
    expect(await toedit('plan', ...args.slice(1))).toMatchObject({ code: 0, stderr: '' });
    hub.repositories.get(id)?.refs.set('main', commits[1]);
    expect(await toedit('run', 'hub', '--quiet')).toMatchObject({ code: 0, stderr: '' });
    expect(outputs('hub')).toEqual(local);
    const manifest = readFileSync(join(directory, 'hub/.toedit/manifest.jsonl'), 'utf8');
    expect(manifest).toContain(`"hf://datasets/${id}@${commits[0]}/data/a.jsonl"`);
    // The token goes to the hub, not to the server that it redirects to.
    const tokens = hub.seen.map(({ server, authorization }) => [
      server,
      authorization !== undefined,
    ]);
    expect(new Set(tokens.map(String))).toEqual(new Set(['hub,true', 'cdn,false']));
    // The branch has moved: the same command means other content now.
    const again = await toedit(...args);
    expect(again.code).toBe(2);
    expect(again.stderr).toMatch(/a\.jsonl was \d+ bytes, is 15 bytes/u);
  });

  test('a glob at a revision, and a file by its name', async () => {
    const glob = `hf://datasets/${id}@${commits[0]}/data/*.parquet`;
    expect(await toedit('edit', glob, '-o', 'hub-glob', '--quiet', ...rule)).toMatchObject({
      code: 0,
    });
    expect(outputs('hub-glob')).toEqual(new Map([['g.parquet', local.get('g.parquet')]]));
    const file = `hf://datasets/${id}/data/a.jsonl`;
    expect(await toedit('edit', file, '-o', 'hub-file', '--quiet', ...rule)).toMatchObject({
      code: 0,
    });
    expect(readFileSync(join(directory, 'hub-file/a.jsonl'), 'utf8')).toContain('new');
  });

  test('whose card says how it is loaded is one again', async () => {
    const card = [
      ...['---', 'license: mit', 'configs:', '- config_name: default', '  data_files:'],
      ...['  - split: train', '    path: data/a.jsonl', '---', '# Counting'],
    ].join('\n');
    const files = new Map([
      ['README.md', { content: Buffer.from(card) }],
      ['data/a.jsonl', { content: content('a.jsonl') }],
      ['data/other.jsonl', { content: Buffer.from('{"no":"text"}\n') }],
    ]);
    hub.repositories.set('some-org/carded', {
      commits: new Map([[commits[0], files]]),
      refs: new Map([['main', commits[0]]]),
    });
    const edited = await toedit('edit', 'hf://datasets/some-org/carded', '-o', 'carded', ...rule);
    expect(edited).toMatchObject({ code: 0 });
    const written = readFileSync(join(directory, 'carded/README.md'), 'utf8');
    expect(written).toMatch(/^---\nlicense: mit\nconfigs:\n/u);
    expect(written).toMatch(/source_datasets:\n *- some-org\/carded\n/u);
    expect(readFileSync(join(directory, 'carded/data/a.jsonl'))).toEqual(
      readFileSync(join(directory, 'local/a.jsonl')),
    );
    expect(readdirSync(join(directory, 'carded/data'))).toEqual(['a.jsonl']);
  });

  test('other bytes than the hub lists are no copy', async () => {
    hub.fault = ({ server, range = '' }) => {
      // The whole of it, as it is copied.
      const isCopy = server === 'cdn' && range.startsWith('bytes=0-');
      return isCopy ? { content: Buffer.alloc(content('g.parquet').length, 'PAR1') } : undefined;
    };
    const file = `hf://datasets/${id}/data/g.parquet`;
    const { code, stderr } = await toedit('edit', file, '-o', 'corrupt', '--quiet');
    hub.fault = () => undefined;
    expect(code).toBe(1);
    expect(stderr).toContain('what came does not have the hash that the store states');
  });

  test.each([
    ['hf://datasets/no/such/data', /INPUT_NOT_FOUND.*has no such data set, revision or file/u],
    [
      `hf://datasets/${id}@nowhere/data`,
      /INPUT_NOT_FOUND.*has no such data set, revision or file/u,
    ],
    ['hf://some-org/model', /BAD_OPTION.*write hf:\/\/datasets\/OWNER\/NAME\/PATH/u],
  ])('%s is an error that says what to do', async (input, expected) => {
    const { code, stdout } = await toedit('edit', input, '-o', 'nothing', '--json');
    expect(stdout).toMatch(expected);
    expect(code).toBe(2);
  });
});
