import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fixtureModel } from '../../fixture-models.ts';
import { name, useHubCache } from './hub-cache.ts';
import { commitNamed, gitSha1, sha256 } from './hub-server.ts';
import { serve, someFiles } from './served-model.ts';

const hub = useHubCache();

describe('a model of the hub', () => {
  test('comes into the layout that Python shares: blobs by entity tag, links, refs', async () => {
    const files = someFiles();
    serve(hub.server, name, files);
    const found = await hub.fetchNamed();
    const commit = commitNamed(name);
    const root = join(hub.cache, 'models--some-org--tiny-model');
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
    serve(hub.server, name, someFiles());
    await hub.fetchNamed();
    hub.server.seen.length = 0;
    await hub.fetchNamed();
    expect(hub.server.seen.map(({ path }) => path.replace(/\?.*/u, ''))).toEqual([
      `/api/models/${name}/revision/main`,
    ]);
    hub.server.seen.length = 0;
    await hub.fetchNamed(`${name}@${commitNamed(name)}`);
    expect(hub.server.seen).toEqual([]);
  });

  test('is there offline afterwards, and without a network', async () => {
    serve(hub.server, name, someFiles());
    const found = await hub.fetchNamed();
    hub.server.seen.length = 0;
    expect(await hub.fetchNamed(name, { offline: true })).toEqual(found);
    expect(hub.server.seen).toEqual([]);
    const notices: string[] = [];
    const onNotice = (notice: string): unknown => notices.push(notice);
    const nobody = 'http://127.0.0.1:1';
    expect(await hub.fetchNamed(name, { endpoint: nobody, onNotice })).toEqual(found);
    expect(notices).toEqual([expect.stringContaining('is taken from the cache')]);
  });

  test('offline, and not there: the error says what to unset', async () => {
    await expect(hub.fetchNamed(name, { offline: true })).rejects.toMatchObject({
      code: 'HUB_NOT_FOUND',
      message: expect.stringContaining('HF_HUB_OFFLINE') as string,
    });
    expect(hub.server.seen).toEqual([]);
  });

  test('that has moved: only what has changed comes, the older commit stays', async () => {
    serve(hub.server, name, someFiles());
    const before = await hub.fetchNamed();
    const files = someFiles().set('generation_config.json', { content: Buffer.from('{"a":1}') });
    serve(hub.server, name, files, commitNamed('next'));
    hub.server.seen.length = 0;
    const after = await hub.fetchNamed();
    expect(after.commit).toBe(commitNamed('next'));
    expect(hub.downloads()).toEqual([`/${name}/resolve/${after.commit}/generation_config.json`]);
    expect(existsSync(join(before.directory, 'onnx/model.onnx'))).toBe(true);
    expect(await hub.fetchNamed(`${name}@${before.commit}`, { offline: true })).toEqual(before);
  });

  test('says what it downloads before the first byte, and how far it is', async () => {
    const files = someFiles();
    serve(hub.server, name, files);
    const events: (string | number)[] = [];
    await hub.fetchNamed(name, {
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
    await hub.fetchNamed(name, { onNotice: (notice) => events.push(notice) });
    expect(events).toEqual([]);
  });

  test('is copied into its snapshot where links are not to be made', async () => {
    serve(hub.server, name, someFiles());
    const { directory } = await hub.fetchNamed(name, { copies: true });
    expect(lstatSync(join(directory, 'onnx/model.onnx')).isSymbolicLink()).toBe(false);
    hub.server.seen.length = 0;
    rmSync(join(hub.cache, 'models--some-org--tiny-model', 'blobs'), { recursive: true });
    expect((await hub.fetchNamed()).directory).toBe(directory);
    expect(hub.downloads()).toEqual([]);
  });

  test('may have any number of files: pages of a listing are followed', async () => {
    serve(hub.server, name, someFiles());
    hub.server.pageSize = 2;
    expect((await hub.fetchNamed()).modelFile).toBe('onnx/model.onnx');
  });

  test('of two fetches at once one downloads', async () => {
    serve(hub.server, name, someFiles());
    const [one, other] = await Promise.all([hub.fetchNamed(), hub.fetchNamed()]);
    expect(one).toEqual(other);
    expect(new Set(hub.downloads()).size).toBe(hub.downloads().length);
  });
});

describe('graphs', () => {
  test('are chosen as in a directory: by precision, by file, or the only one', async () => {
    const files = someFiles();
    const graph = files.get('onnx/model.onnx') ?? { content: Buffer.from('') };
    files.set('onnx/model_q4.onnx', { ...graph });
    serve(hub.server, name, files);
    expect((await hub.fetchNamed(name, {}, { dtype: 'q4' })).modelFile).toBe('onnx/model_q4.onnx');
    await expect(hub.fetchNamed(name, {}, { dtype: 'fp16' })).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringMatching(/no onnx\/model_fp16\.onnx .*--dtype q4/u) as string,
    });
    files.delete('onnx/model.onnx');
    serve(hub.server, name, files, commitNamed('only q4'));
    expect((await hub.fetchNamed()).modelFile).toBe('onnx/model_q4.onnx');
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
    serve(hub.server, name, external('external'));
    const { directory } = await hub.fetchNamed();
    expect(readdirSync(join(directory, 'onnx')).sort()).toEqual([
      'external.onnx_data',
      'model.onnx',
    ]);
    expect(await hub.fetchNamed(name, { offline: true })).toMatchObject({ directory });
    rmSync(join(directory, 'onnx/external.onnx_data'));
    await expect(hub.fetchNamed(name, { offline: true })).rejects.toMatchObject({
      code: 'HUB_NOT_FOUND',
    });
  });

  test('that name data outside of their directory are refused', async () => {
    serve(hub.server, name, external('external-outside'));
    await expect(hub.fetchNamed()).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringMatching(/onnx\/model\.onnx.*"\.\.\/external\.onnx_data"/u) as string,
    });
  });

  test('that are none are refused', async () => {
    const files = external('external').set('onnx/model.onnx', {
      ...{ content: Buffer.from('no graph'), isLarge: true },
    });
    serve(hub.server, name, files);
    await expect(hub.fetchNamed()).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining('is not an ONNX file') as string,
    });
  });

  test('that are not there: the export command, and the community’s own where it exists', async () => {
    const files = someFiles();
    files.delete('onnx/model.onnx');
    serve(hub.server, name, files);
    const command = 'optimum-cli export onnx --model some-org/tiny-model models/tiny-model';
    await expect(hub.fetchNamed()).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: `${name} holds no ONNX files: export it: ${command}`,
    });
    serve(hub.server, 'onnx-community/tiny-model-ONNX', someFiles());
    await expect(hub.fetchNamed()).rejects.toMatchObject({
      message: `${name} holds no ONNX files: take onnx-community/tiny-model-ONNX, or export it: ${command}`,
    });
  });
});
