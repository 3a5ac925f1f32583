import { createCipheriv } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { copyObject } from '#toedit/src/files/copy-object';
import { readBytes } from '#toedit/src/files/read-bytes';
import { readObject, statObject } from '#toedit/src/stores/objects';
import { type FileServer, startFileServer, type WebFault } from './file-server.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-copy-'));
const quickly = { retryMs: 1 };
const mebibyte = 2 ** 20;

let server: FileServer;
beforeAll(async () => {
  server = await startFileServer();
});
beforeEach(() => {
  server.files.clear();
  server.seen.length = 0;
  server.fault = () => undefined;
  server.sendsRanges = true;
  server.sendsTags = true;
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

/** Bytes of which no two pieces are the same. */
function content(bytes: number, salt = 1): Uint8Array {
  const key = Buffer.alloc(32, salt);
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(bytes));
}

function serve(bytes: Uint8Array, path = '/data/x.bin'): string {
  server.files.set(path, bytes);
  return server.url + path;
}

let copies = 0;
const newPath = (): string => join(directory, `copy-${String(copies++)}`);

async function factsOf(url: string) {
  const facts = await statObject(url, quickly);
  if (facts === null) throw new Error(`${url} is not there`);
  return facts;
}

const faults: fc.Arbitrary<WebFault | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom(500, 503, 429, 408).map((status) => ({ status })),
  fc.constant({ isReset: true }),
  fc.nat(100).map((dropAfter) => ({ dropAfter })),
);

describe('a copy', () => {
  test('has the same bytes whatever fails meanwhile, as long as one of five tries does not', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(5 * mebibyte),
        fc.array(faults, { maxLength: 4 }),
        async (size, failing) => {
          const bytes = content(size);
          const url = serve(bytes);
          server.fault = () => undefined;
          const facts = await factsOf(url);
          const left = [...failing];
          server.fault = () => left.shift();
          const path = newPath();
          await copyObject(url, { path, facts }, quickly);
          expect(readFileSync(path).equals(bytes)).toBe(true);
          rmSync(path);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('is fetched once, byte by byte', async () => {
    const url = serve(content(10 * mebibyte));
    const facts = await factsOf(url);
    server.seen.length = 0;
    await copyObject(url, { path: newPath(), facts }, quickly);
    const read = server.seen.reduce((sum, { bytes }) => sum + bytes, 0);
    // And a byte to see that it has not changed.
    expect(read).toBe(10 * mebibyte + 1);
  });

  test.each([
    [0, 10],
    [1, 10],
    [4 * mebibyte, 10],
    [9 * mebibyte, 6],
    [10 * mebibyte, 6],
  ])('continues a beginning of %i bytes, but for its last piece', async (there, mebibytes) => {
    const bytes = content(10 * mebibyte);
    const url = serve(bytes);
    const facts = await factsOf(url);
    const path = newPath();
    writeFileSync(`${path}.part`, bytes.subarray(0, there));
    server.seen.length = 0;
    await copyObject(url, { path, facts }, quickly);
    expect(readFileSync(path).equals(bytes)).toBe(true);
    const read = server.seen.reduce((sum, each) => sum + each.bytes, 0);
    expect(read).toBe(mebibytes * mebibyte + 1);
  });

  test('a last piece that was torn is fetched again', async () => {
    const bytes = content(10 * mebibyte);
    const url = serve(bytes);
    const path = newPath();
    writeFileSync(`${path}.part`, bytes.subarray(0, 4 * mebibyte));
    truncateSync(`${path}.part`, 8 * mebibyte);
    await copyObject(url, { path, facts: await factsOf(url) }, quickly);
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  test('is never of two contents', async () => {
    const url = serve(content(20 * mebibyte));
    const facts = await factsOf(url);
    const other = content(20 * mebibyte, 3);
    let requests = 0;
    server.fault = () => {
      if (++requests === 3) server.files.set('/data/x.bin', other);
      return undefined;
    };
    const path = newPath();
    const copied = copyObject(url, { path, facts }, quickly);
    await expect(copied).rejects.toMatchObject({ code: 'INPUT_CHANGED', place: { file: url } });
    expect(existsSync(path)).toBe(false);
  });

  test('fails where the server goes on failing, and a later one continues it', async () => {
    const bytes = content(12 * mebibyte);
    const url = serve(bytes);
    const facts = await factsOf(url);
    let requests = 0;
    server.fault = () => (++requests > 2 ? { status: 503 } : undefined);
    const path = newPath();
    const copied = copyObject(url, { path, facts }, quickly);
    await expect(copied).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: expect.stringContaining(`${url} cannot be read for now (it answered 503)`),
    });
    expect(existsSync(path)).toBe(false);
    server.fault = () => undefined;
    await copyObject(url, { path, facts }, quickly);
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  test('takes memory that does not grow with the object', async () => {
    const url = serve(Buffer.alloc(200 * mebibyte));
    const facts = await factsOf(url);
    const held = (): number => process.memoryUsage().arrayBuffers;
    const before = held();
    let peak = 0;
    server.fault = () => {
      peak = Math.max(peak, held() - before);
      return undefined;
    };
    const path = newPath();
    await copyObject(url, { path, facts }, { signal: new AbortController().signal });
    rmSync(path);
    expect(peak).toBeLessThan(140 * mebibyte);
  });

  test('ends with its signal, whose reason passes', async () => {
    const url = serve(content(10 * mebibyte));
    const facts = await factsOf(url);
    const reason = new Error('stopped');
    const copied = copyObject(
      url,
      { path: newPath(), facts },
      { signal: AbortSignal.abort(reason) },
    );
    await expect(copied).rejects.toBe(reason);
  });
});

describe('what is no such server', () => {
  test('one that knows no ranges', async () => {
    server.sendsRanges = false;
    await expect(statObject(serve(content(9)))).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringMatching(/does not send parts of a file .*; download it/u),
    });
  });

  test('one that states no entity tag', async () => {
    server.sendsTags = false;
    await expect(statObject(serve(content(9)))).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('neither ETag nor Last-Modified'),
    });
  });

  test('one that wants a login', async () => {
    server.fault = () => ({ status: 403 });
    await expect(statObject(serve(content(9)))).rejects.toMatchObject({ code: 'STORE_DENIED' });
  });

  test('one that has no such file', async () => {
    expect(await statObject(`${server.url}/nothing`)).toBe(null);
  });

  test('one that wants more time than anybody has', async () => {
    server.fault = () => ({ status: 503, headers: { 'retry-after': '100000' } });
    const asked = statObject(serve(content(9)), quickly);
    await expect(asked).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
  });
});

test('any range of an object is read', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(3000), fc.nat(3000), fc.nat(3000), async (size, start, length) => {
      const bytes = content(size);
      const url = serve(bytes);
      const chunks: Uint8Array[] = [];
      for await (const chunk of readBytes(url, { start, length })) chunks.push(chunk);
      expect(Buffer.concat(chunks)).toEqual(Buffer.from(bytes.subarray(start, start + length)));
      const facts = await factsOf(url);
      expect(facts).toMatchObject({ bytes: size });
      const read = await readObject(url, { start: 0, length: size, facts }, quickly);
      expect(Buffer.from(read)).toEqual(Buffer.from(bytes));
    }),
    { numRuns: 50 },
  );
});
