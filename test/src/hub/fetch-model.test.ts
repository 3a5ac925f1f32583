import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fetchModel } from '#toedit/src/hub/fetch-model';
import { parseHubName } from '#toedit/src/hub/hub-name';
import type { HubOptions } from '#toedit/src/hub/hub-options';
import { chooseModelFile, type ModelFileRequest } from '#toedit/src/model/find-model-file';
import { fixtureModel } from '../../fixture-models.ts';
import {
  commitNamed,
  type Fault,
  gitSha1,
  type HubServer,
  type Seen,
  sha256,
  startHubServer,
} from './hub-server.ts';
import { serve, someFiles } from './served-model.ts';

const name = 'some-org/tiny-model';
const token = 'secret-token';
let server: HubServer;
let cache: string;

beforeEach(async () => {
  server = await startHubServer();
  cache = mkdtempSync(join(tmpdir(), 'toedit-hub-'));
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(cache, { recursive: true });
});

const fetchNamed = async (
  model = name,
  options: HubOptions = {},
  request: ModelFileRequest = {},
) => {
  const wanted = parseHubName(model);
  if (wanted === undefined) throw new Error(`${model} is no name`);
  const choose = (paths: readonly string[]): string => chooseModelFile(model, paths, request);
  const { endpoint } = server;
  const own = { cacheDirectory: cache, endpoint, tokenFile: null, retryMs: 1 };
  return await fetchModel(wanted, choose, { ...own, ...options });
};

const downloads = (): string[] =>
  server.seen.filter(({ path }) => path.includes('/resolve/')).map(({ path }) => path);
const blobs = (model = name): string[] =>
  readdirSync(join(cache, `models--${model.replace('/', '--')}`, 'blobs')).sort();
/** Everything in the cache that has a final name is what the hub has. */
const expectNothingPartial = (): void => {
  const folder = join(cache, 'models--some-org--tiny-model', 'blobs');
  for (const blob of existsSync(folder) ? readdirSync(folder) : []) {
    if (blob.endsWith('.incomplete')) continue;
    const content = readFileSync(join(folder, blob));
    expect(blob).toBe(blob.length === 64 ? sha256(content) : gitSha1(content));
  }
};
const isStored = ({ server: at }: Seen): boolean => at === 'cdn';

describe('a model of the hub', () => {
  test('comes into the layout that Python shares: blobs by entity tag, links, refs', async () => {
    const files = someFiles();
    serve(server, name, files);
    const found = await fetchNamed();
    const commit = commitNamed(name);
    const root = join(cache, 'models--some-org--tiny-model');
    expect(found).toEqual({
      ...{ name, commit, modelFile: 'onnx/model.onnx' },
      directory: join(root, 'snapshots', commit),
    });
    expect(readFileSync(join(root, 'refs/main'), 'utf8')).toBe(commit);
    for (const [path, { content, isLarge = false }] of files) {
      const link = join(found.directory, path);
      if (path === 'README.md' || path === '.gitattributes') {
        expect(existsSync(link)).toBe(false);
        continue;
      }
      const blob = isLarge ? sha256(content) : gitSha1(content);
      const up = path.includes('/') ? '../../../..' : '../../..';
      expect(readlinkSync(link)).toBe(`${up.slice(3)}/blobs/${blob}`.replace(/^\//u, ''));
      expect(readFileSync(link)).toEqual(content);
    }
  });

  test('is not downloaded again, nor looked up again where a commit is named', async () => {
    serve(server, name, someFiles());
    await fetchNamed();
    server.seen.length = 0;
    await fetchNamed();
    expect(server.seen.map(({ path }) => path.replace(/\?.*/u, ''))).toEqual([
      `/api/models/${name}/revision/main`,
    ]);
    server.seen.length = 0;
    await fetchNamed(`${name}@${commitNamed(name)}`);
    expect(server.seen).toEqual([]);
  });

  test('is there offline afterwards, and without a network', async () => {
    serve(server, name, someFiles());
    const found = await fetchNamed();
    server.seen.length = 0;
    expect(await fetchNamed(name, { offline: true })).toEqual(found);
    expect(server.seen).toEqual([]);
    const notices: string[] = [];
    const onNotice = (notice: string): unknown => notices.push(notice);
    const nobody = 'http://127.0.0.1:1';
    expect(await fetchNamed(name, { endpoint: nobody, onNotice })).toEqual(found);
    expect(notices).toEqual([expect.stringContaining('is taken from the cache')]);
  });

  test('offline, and not there: the error says what to unset', async () => {
    await expect(fetchNamed(name, { offline: true })).rejects.toMatchObject({
      code: 'HUB_NOT_FOUND',
      message: expect.stringContaining('HF_HUB_OFFLINE') as string,
    });
    expect(server.seen).toEqual([]);
  });

  test('that has moved: only what has changed comes, the older commit stays', async () => {
    serve(server, name, someFiles());
    const before = await fetchNamed();
    const files = someFiles().set('generation_config.json', { content: Buffer.from('{"a":1}') });
    serve(server, name, files, commitNamed('next'));
    server.seen.length = 0;
    const after = await fetchNamed();
    expect(after.commit).toBe(commitNamed('next'));
    expect(downloads()).toEqual([`/${name}/resolve/${after.commit}/generation_config.json`]);
    expect(existsSync(join(before.directory, 'onnx/model.onnx'))).toBe(true);
    expect(await fetchNamed(`${name}@${before.commit}`, { offline: true })).toEqual(before);
  });

  test('says what it downloads before the first byte, and how far it is', async () => {
    const files = someFiles();
    serve(server, name, files);
    const events: (string | number)[] = [];
    await fetchNamed(name, {
      onNotice: (notice) => events.push(notice),
      onProgress: ({ bytesDone, bytesTotal }) => events.push(bytesDone / bytesTotal),
    });
    expect(events[0]).toMatch(
      /^downloading some-org\/tiny-model \(commit .{12}\): 5 files, .* kB/u,
    );
    const shares = events.slice(1).map(Number);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
    events.length = 0;
    await fetchNamed(name, { onNotice: (notice) => events.push(notice) });
    expect(events).toEqual([]);
  });

  test('is copied into its snapshot where links are not to be made', async () => {
    serve(server, name, someFiles());
    const { directory } = await fetchNamed(name, { copies: true });
    expect(lstatSync(join(directory, 'onnx/model.onnx')).isSymbolicLink()).toBe(false);
    server.seen.length = 0;
    rmSync(join(cache, 'models--some-org--tiny-model', 'blobs'), { recursive: true });
    expect((await fetchNamed()).directory).toBe(directory);
    expect(downloads()).toEqual([]);
  });

  test('may have any number of files: pages of a listing are followed', async () => {
    serve(server, name, someFiles());
    server.pageSize = 2;
    expect((await fetchNamed()).modelFile).toBe('onnx/model.onnx');
  });

  test('of two fetches at once one downloads', async () => {
    serve(server, name, someFiles());
    const [one, other] = await Promise.all([fetchNamed(), fetchNamed()]);
    expect(one).toEqual(other);
    expect(new Set(downloads()).size).toBe(downloads().length);
  });
});

describe('graphs', () => {
  test('are chosen as in a directory: by precision, by file, or the only one', async () => {
    const files = someFiles();
    const graph = files.get('onnx/model.onnx') ?? { content: Buffer.from('') };
    files.set('onnx/model_q4.onnx', { ...graph });
    serve(server, name, files);
    expect((await fetchNamed(name, {}, { dtype: 'q4' })).modelFile).toBe('onnx/model_q4.onnx');
    await expect(fetchNamed(name, {}, { dtype: 'fp16' })).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringMatching(/no onnx\/model_fp16\.onnx .*--dtype q4/u) as string,
    });
    files.delete('onnx/model.onnx');
    serve(server, name, files, commitNamed('only q4'));
    expect((await fetchNamed()).modelFile).toBe('onnx/model_q4.onnx');
  });

  const external = (graph: string): Map<string, { content: Uint8Array; isLarge: boolean }> =>
    new Map([
      ...someFiles(),
      ['onnx/model.onnx', { content: readFileSync(fixtureModel(graph)), isLarge: true }],
      [
        'onnx/external.onnx_data',
        { content: readFileSync(`${fixtureModel('external')}_data`), isLarge: true },
      ],
      ['onnx/model.onnx_data', { content: Buffer.from('of another graph'), isLarge: true }],
    ] as [string, { content: Uint8Array; isLarge: boolean }][]);

  test('name their external data themselves, whatever it is called', async () => {
    serve(server, name, external('external'));
    const { directory } = await fetchNamed();
    expect(readdirSync(join(directory, 'onnx')).sort()).toEqual([
      'external.onnx_data',
      'model.onnx',
    ]);
    expect(await fetchNamed(name, { offline: true })).toMatchObject({ directory });
    rmSync(join(directory, 'onnx/external.onnx_data'));
    await expect(fetchNamed(name, { offline: true })).rejects.toMatchObject({
      code: 'HUB_NOT_FOUND',
    });
  });

  test('that name data outside of their directory are refused', async () => {
    serve(server, name, external('external-outside'));
    await expect(fetchNamed()).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringMatching(/onnx\/model\.onnx.*"\.\.\/external\.onnx_data"/u) as string,
    });
  });

  test('that are none are refused', async () => {
    const files = external('external').set('onnx/model.onnx', {
      ...{ content: Buffer.from('no graph'), isLarge: true },
    });
    serve(server, name, files);
    await expect(fetchNamed()).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining('is not an ONNX file') as string,
    });
  });

  test('that are not there: the export command, and the community’s own where it exists', async () => {
    const files = someFiles();
    files.delete('onnx/model.onnx');
    serve(server, name, files);
    const command = 'optimum-cli export onnx --model some-org/tiny-model models/tiny-model';
    await expect(fetchNamed()).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: `${name} holds no ONNX files: export it: ${command}`,
    });
    serve(server, 'onnx-community/tiny-model-ONNX', someFiles());
    await expect(fetchNamed()).rejects.toMatchObject({
      message: `${name} holds no ONNX files: take onnx-community/tiny-model-ONNX, or export it: ${command}`,
    });
  });
});

describe('faults', () => {
  /** Only the first so many times. */
  const times = (count: number, isMeant: (seen: Seen) => boolean, fault: Fault) => {
    let left = count;
    return (seen: Seen): Fault | undefined =>
      isMeant(seen) && left-- > 0 ? { ...fault } : undefined;
  };

  test.each<[string, number, Fault]>([
    ['an overloaded server', 2, { status: 503 }],
    ['a limit of requests', 2, { status: 429, headers: { 'retry-after': '0' } }],
    [
      'a date to wait for',
      1,
      { status: 429, headers: { 'retry-after': new Date(0).toUTCString() } },
    ],
    ['an address that has run out', 1, { status: 403 }],
    ['a dropped connection', 3, { dropAfter: 100 }],
    ['one that is dropped before anything came', 3, { dropAfter: 0 }],
    ['a server without ranges', 9, { ignoresRange: true, dropAfter: 2 ** 30 }],
  ])('%s: tried again', async (_, count, fault) => {
    const files = someFiles();
    serve(server, name, files);
    server.fault = times(count, isStored, fault);
    const { directory } = await fetchNamed();
    for (const path of ['onnx/model.onnx', 'tokenizer.json'])
      expect(readFileSync(join(directory, path))).toEqual(files.get(path)?.content);
    expectNothingPartial();
  });

  test('dropped connections go on where they ended, by ranges', async () => {
    const { content } = someFiles().get('onnx/model.onnx') ?? { content: Buffer.from('') };
    serve(server, name, someFiles());
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(content.length), { maxLength: 3 }), async (cuts) => {
        rmSync(cache, { recursive: true });
        server.seen.length = 0;
        const left = [...cuts];
        const isGraph = ({ path }: Seen): boolean => path.endsWith(sha256(content));
        server.fault = (seen) => {
          const cut = isStored(seen) && isGraph(seen) ? left.shift() : undefined;
          return cut === undefined ? undefined : { dropAfter: cut };
        };
        const { directory } = await fetchNamed();
        expect(readFileSync(join(directory, 'onnx/model.onnx'))).toEqual(content);
        const asked = server.seen
          .filter((seen) => isStored(seen) && isGraph(seen))
          .map(({ range }) => Number(/^bytes=(\d+)-$/u.exec(range ?? 'bytes=0-')?.[1]));
        // Nothing is asked for twice.
        expect(asked).toEqual([...asked].sort((a, b) => a - b));
        expect(asked.at(-1)).toBeLessThanOrEqual(cuts.reduce((sum, cut) => sum + cut, 0));
      }),
      { numRuns: 8 },
    );
  });

  test('a server that stays away ends it, what came is kept, and the next call goes on there', async () => {
    serve(server, name, someFiles());
    const { content } = someFiles().get('onnx/model.onnx') ?? { content: Buffer.from('') };
    let calls = 0;
    const isGraph = ({ path }: Seen): boolean => path.endsWith(sha256(content));
    server.fault = (seen) =>
      isGraph(seen) ? (calls++ === 0 ? { dropAfter: 5000 } : { status: 500 }) : undefined;
    await expect(fetchNamed()).rejects.toMatchObject({
      code: 'HUB_UNREACHABLE',
      message: expect.stringContaining('onnx/model.onnx') as string,
    });
    expect(blobs().filter((blob) => blob.endsWith('.incomplete'))).toHaveLength(1);
    expectNothingPartial();
    server.fault = () => undefined;
    server.seen.length = 0;
    await fetchNamed();
    expect(server.seen.filter(isStored).map(({ range }) => range)).toEqual(['bytes=5000-']);
    expect(blobs().filter((blob) => blob.endsWith('.incomplete'))).toEqual([]);
  });

  test.each<[string, Fault]>([
    ['of the same size', { content: Buffer.from('x') }],
    ['shorter', { content: Buffer.from('short') }],
    ['longer', { content: Buffer.alloc(100_000) }],
  ])('other bytes than are listed, %s: an error, and no file', async (kind, fault) => {
    const files = someFiles();
    serve(server, name, files);
    const size = files.get('onnx/model.onnx')?.content.length ?? 0;
    const same = kind === 'of the same size' ? { content: Buffer.alloc(size, 1) } : fault;
    const hash = sha256(files.get('onnx/model.onnx')?.content ?? Buffer.from(''));
    server.fault = ({ path }) => (path.endsWith(hash) ? same : undefined);
    await expect(fetchNamed()).rejects.toMatchObject({ code: 'DOWNLOAD_CORRUPT' });
    expect(blobs()).not.toContain(hash);
    expect(blobs().filter((blob) => blob.endsWith('.incomplete'))).toEqual([]);
    rmSync(cache, { recursive: true });
    server.fault = ({ path }) =>
      path.endsWith('/config.json') ? { content: Buffer.from('{"evil": true}') } : undefined;
    await expect(fetchNamed()).rejects.toMatchObject({ code: 'DOWNLOAD_CORRUPT' });
    server.fault = () => undefined;
    await fetchNamed();
    expectNothingPartial();
  });

  test('a part that belongs to other bytes is thrown away, and the file fetched whole', async () => {
    const files = someFiles();
    serve(server, name, files);
    const graph = files.get('onnx/model.onnx')?.content ?? Buffer.from('');
    await fetchNamed();
    const folder = join(cache, 'models--some-org--tiny-model');
    for (const junk of [
      Buffer.alloc(100, 7),
      Buffer.alloc(graph.length, 7),
      Buffer.alloc(30_000),
    ]) {
      rmSync(join(folder, 'snapshots'), { recursive: true });
      rmSync(join(folder, 'blobs', sha256(graph)));
      writeFileSync(join(folder, 'blobs', `${sha256(graph)}.toedit.incomplete`), junk);
      const { directory } = await fetchNamed();
      expect(readFileSync(join(directory, 'onnx/model.onnx'))).toEqual(graph);
    }
  });

  test('a page in the place of an answer, as of a network that wants a login', async () => {
    serve(server, name, someFiles());
    server.fault = ({ path }) => (path.includes('/api/') ? { body: '<html>' } : undefined);
    await expect(fetchNamed()).rejects.toMatchObject({ code: 'HUB_UNREACHABLE' });
  });

  test('names and hashes that lead elsewhere are not taken', async () => {
    serve(server, name, someFiles());
    const oid = 'a'.repeat(40);
    for (const path of ['../config.json', '/etc/passwd', 'onnx/../../x.onnx', 'a\\b.onnx', ''])
      server.extraEntries.push({ type: 'file', path, size: 1, oid });
    server.extraEntries.push({ type: 'file', path: 'tokenizer_config.json', size: 1, oid: '../x' });
    await fetchNamed();
    expect(readdirSync(cache).sort()).toEqual(['.locks', 'models--some-org--tiny-model']);
    expectNothingPartial();
    server.fault = ({ path }) =>
      path.includes('/revision/') ? { body: JSON.stringify({ sha: '../../x' }) } : undefined;
    await expect(fetchNamed(`${name}@other`)).rejects.toMatchObject({ code: 'HUB_UNREACHABLE' });
  });
});

describe('what the hub refuses', () => {
  const refusals: [string, string, HubOptions, RegExp, string][] = [
    [
      'a repository that is not there',
      'no/such',
      {},
      /no\/such is neither .*HF_TOKEN/u,
      'HUB_NOT_FOUND',
    ],
    ['with a token', 'no/such', { token }, /no\/such is neither/u, 'HUB_NOT_FOUND'],
    ['a revision', `${name}@v9`, {}, /@v9: there is no such revision/u, 'HUB_NOT_FOUND'],
    ['a gated one', 'some-org/gated', {}, /is gated .*accept its conditions/u, 'HUB_DENIED'],
    ['a gated one, to others', 'some-org/gated', { token: 'x' }, /is gated/u, 'HUB_DENIED'],
    ['a private one', 'some-org/private', {}, /is neither/u, 'HUB_NOT_FOUND'],
  ];
  test.each(refusals)('%s', async (_, model, options, message, code) => {
    serve(server, name, someFiles());
    Object.assign(serve(server, 'some-org/gated', someFiles()), { token, isGated: true });
    Object.assign(serve(server, 'some-org/private', someFiles()), { token });
    const failing = fetchNamed(model, options);
    await expect(failing).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
    await expect(failing).rejects.not.toThrow(token);
    expect(readdirSync(cache)).toEqual([]);
  });

  test('the token opens it, and goes to the hub only', async () => {
    Object.assign(serve(server, name, someFiles()), { token, isGated: true });
    await fetchNamed(name, { token });
    const sent = (at: string): Set<string | undefined> =>
      new Set(
        server.seen.filter((seen) => seen.server === at).map(({ authorization }) => authorization),
      );
    expect(sent('hub')).toEqual(new Set([`Bearer ${token}`]));
    expect(sent('cdn')).toEqual(new Set([undefined]));
  });

  test('a wait that is too long is said', async () => {
    serve(server, name, someFiles());
    server.fault = () => ({ status: 429, headers: { 'retry-after': '3600' } });
    await expect(fetchNamed()).rejects.toMatchObject({
      code: 'HUB_UNREACHABLE',
      message: expect.stringContaining('answered 429, and asks to wait 3600 s') as string,
    });
  });

  test('a signal ends it, and what came is kept', async () => {
    serve(server, name, someFiles());
    const controller = new AbortController();
    server.fault = (seen) => (isStored(seen) ? { stallAfter: 1000 } : undefined);
    const onProgress = (): void => {
      if (server.seen.some(isStored)) controller.abort(new Error('enough'));
    };
    await expect(fetchNamed(name, { signal: controller.signal, onProgress })).rejects.toThrow(
      'enough',
    );
    expect(blobs().some((blob) => blob.endsWith('.incomplete'))).toBe(true);
    server.fault = () => undefined;
    await fetchNamed();
    expectNothingPartial();
  });
});
