import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isStored, name, useHubCache } from './hub-cache.ts';
import { type Fault, type Seen, sha256 } from './hub-server.ts';
import { serve, someFiles } from './served-model.ts';

const hub = useHubCache();

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
    serve(hub.server, name, files);
    hub.server.fault = times(count, isStored, fault);
    const { directory } = await hub.fetchNamed();
    for (const path of ['onnx/model.onnx', 'tokenizer.json'])
      expect(readFileSync(join(directory, path))).toEqual(files.get(path)?.content);
    hub.expectNothingPartial();
  });

  test('dropped connections go on where they ended, by ranges', async () => {
    const { content } = someFiles().get('onnx/model.onnx') ?? { content: Buffer.from('') };
    serve(hub.server, name, someFiles());
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(content.length), { maxLength: 3 }), async (cuts) => {
        rmSync(hub.cache, { recursive: true });
        hub.server.seen.length = 0;
        const left = [...cuts];
        const isGraph = ({ path }: Seen): boolean => path.endsWith(sha256(content));
        hub.server.fault = (seen) => {
          const cut = isStored(seen) && isGraph(seen) ? left.shift() : undefined;
          return cut === undefined ? undefined : { dropAfter: cut };
        };
        const { directory } = await hub.fetchNamed();
        expect(readFileSync(join(directory, 'onnx/model.onnx'))).toEqual(content);
        const asked = hub.server.seen
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
    serve(hub.server, name, someFiles());
    const { content } = someFiles().get('onnx/model.onnx') ?? { content: Buffer.from('') };
    let calls = 0;
    const isGraph = ({ path }: Seen): boolean => path.endsWith(sha256(content));
    hub.server.fault = (seen) =>
      isGraph(seen) ? (calls++ === 0 ? { dropAfter: 5000 } : { status: 500 }) : undefined;
    await expect(hub.fetchNamed()).rejects.toMatchObject({
      code: 'HUB_UNREACHABLE',
      message: expect.stringContaining('onnx/model.onnx') as string,
    });
    expect(hub.blobs().filter((blob) => blob.endsWith('.incomplete'))).toHaveLength(1);
    hub.expectNothingPartial();
    hub.server.fault = () => undefined;
    hub.server.seen.length = 0;
    await hub.fetchNamed();
    expect(hub.server.seen.filter(isStored).map(({ range }) => range)).toEqual(['bytes=5000-']);
    expect(hub.blobs().filter((blob) => blob.endsWith('.incomplete'))).toEqual([]);
  });

  test.each<[string, Fault]>([
    ['of the same size', { content: Buffer.from('x') }],
    ['shorter', { content: Buffer.from('short') }],
    ['longer', { content: Buffer.alloc(100_000) }],
  ])('other bytes than are listed, %s: an error, and no file', async (kind, fault) => {
    const files = someFiles();
    serve(hub.server, name, files);
    const size = files.get('onnx/model.onnx')?.content.length ?? 0;
    const same = kind === 'of the same size' ? { content: Buffer.alloc(size, 1) } : fault;
    const hash = sha256(files.get('onnx/model.onnx')?.content ?? Buffer.from(''));
    hub.server.fault = ({ path }) => (path.endsWith(hash) ? same : undefined);
    await expect(hub.fetchNamed()).rejects.toMatchObject({ code: 'DOWNLOAD_CORRUPT' });
    expect(hub.blobs()).not.toContain(hash);
    expect(hub.blobs().filter((blob) => blob.endsWith('.incomplete'))).toEqual([]);
    rmSync(hub.cache, { recursive: true });
    hub.server.fault = ({ path }) =>
      path.endsWith('/config.json') ? { content: Buffer.from('{"evil": true}') } : undefined;
    await expect(hub.fetchNamed()).rejects.toMatchObject({ code: 'DOWNLOAD_CORRUPT' });
    hub.server.fault = () => undefined;
    await hub.fetchNamed();
    hub.expectNothingPartial();
  });

  test('a part that belongs to other bytes is thrown away, and the file fetched whole', async () => {
    const files = someFiles();
    serve(hub.server, name, files);
    const graph = files.get('onnx/model.onnx')?.content ?? Buffer.from('');
    await hub.fetchNamed();
    const folder = join(hub.cache, 'models--some-org--tiny-model');
    for (const junk of [
      Buffer.alloc(100, 7),
      Buffer.alloc(graph.length, 7),
      Buffer.alloc(30_000),
    ]) {
      rmSync(join(folder, 'snapshots'), { recursive: true });
      rmSync(join(folder, 'blobs', sha256(graph)));
      writeFileSync(join(folder, 'blobs', `${sha256(graph)}.toedit.incomplete`), junk);
      const { directory } = await hub.fetchNamed();
      expect(readFileSync(join(directory, 'onnx/model.onnx'))).toEqual(graph);
    }
  });

  test('a page in the place of an answer, as of a network that wants a login', async () => {
    serve(hub.server, name, someFiles());
    hub.server.fault = ({ path }) => (path.includes('/api/') ? { body: '<html>' } : undefined);
    await expect(hub.fetchNamed()).rejects.toMatchObject({ code: 'HUB_UNREACHABLE' });
  });

  test('names and hashes that lead elsewhere are not taken', async () => {
    serve(hub.server, name, someFiles());
    const oid = 'a'.repeat(40);
    for (const path of ['../config.json', '/etc/passwd', 'onnx/../../x.onnx', 'a\\b.onnx', ''])
      hub.server.extraEntries.push({ type: 'file', path, size: 1, oid });
    hub.server.extraEntries.push({
      type: 'file',
      path: 'tokenizer_config.json',
      size: 1,
      oid: '../x',
    });
    await hub.fetchNamed();
    expect(readdirSync(hub.cache).sort()).toEqual(['.locks', 'models--some-org--tiny-model']);
    hub.expectNothingPartial();
    hub.server.fault = ({ path }) =>
      path.includes('/revision/') ? { body: JSON.stringify({ sha: '../../x' }) } : undefined;
    await expect(hub.fetchNamed(`${name}@other`)).rejects.toMatchObject({
      code: 'HUB_UNREACHABLE',
    });
  });
});
