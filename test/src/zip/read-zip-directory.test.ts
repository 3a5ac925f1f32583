import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { readMember } from '#toedit/src/zip/read-member';
import { readZipDirectory } from '#toedit/src/zip/read-zip-directory';
import { openFiles } from '../../open-resources.ts';
import { type ArchiveMember, zipArchive } from './zip-archive.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-zip-'));
afterAll(() => rmSync(directory, { recursive: true }));
const path = join(directory, 'a.zip');

const read = async (bytes: Uint8Array): Promise<[string, Buffer][]> => {
  writeFileSync(path, bytes);
  const members: [string, Buffer][] = [];
  for (const entry of await readZipDirectory(path)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of readMember(path, entry, entry.name)) chunks.push(chunk);
    members.push([entry.name, Buffer.concat(chunks)]);
  }
  return members;
};

const name = fc
  .stringMatching(/^[a-zé😀 .-]{1,12}(\/[a-z]{1,5})?$/u)
  .filter((n) => !n.includes('..'));
const members: fc.Arbitrary<ArchiveMember[]> = fc.uniqueArray(
  fc.record({
    name,
    bytes: fc.uint8Array({ maxLength: 3000 }),
    method: fc.constantFrom(0, 8),
    isStreamed: fc.boolean(),
  }),
  { selector: (member) => member.name, maxLength: 6 },
);

describe('an archive', () => {
  test('gives its members, by the bytes of their names, ZIP64 or not', async () => {
    await fc.assert(
      fc.asyncProperty(members, fc.boolean(), async (all, isLarge) => {
        const expected = all
          .map((member): [string, Buffer] => [member.name, Buffer.from(member.bytes)])
          .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect(await read(zipArchive(all, isLarge))).toEqual(expected);
      }),
    );
  });

  test('that is damaged anywhere gives its members or one error, and never more', async () => {
    const texts = ['one', 'two', 'three'].map((text) => text.repeat(40));
    const whole = texts.map((text) => ({
      name: `${text.slice(0, 5)}.jsonl`,
      bytes: Buffer.from(text),
    }));
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
    const cut = fc.option(fc.nat(), { freq: 4 });
    await fc.assert(
      fc.asyncProperty(damage, cut, fc.boolean(), async (changes, end, isLarge) => {
        const bytes = zipArchive(whole, isLarge);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        const result = read(end === null ? bytes : bytes.subarray(0, end % bytes.length));
        const found = await result.catch((error: unknown) => error);
        if (Array.isArray(found)) expect(found).toHaveLength(3);
        else
          expect(found).toMatchObject({
            code: expect.stringMatching(/^(FILE_CORRUPT|FILE_UNREADABLE|UNSUPPORTED)$/) as string,
          });
      }),
      { numRuns: 500 },
    );
    expect(openFiles(directory)).toEqual([]);
  });

  test('says of each member why no file can have its name', async () => {
    const bytes = Buffer.alloc(0);
    const names = ['../x', 'a', 'a/b', 'b', 'b', 'c', 'd/e'];
    const shiftJis = Buffer.from('\x83e.jsonl', 'latin1');
    writeFileSync(
      path,
      zipArchive([
        ...names.map((name) => ({ name, bytes })),
        { name: '', nameBytes: shiftJis, bytes },
        { name: '', nameBytes: Buffer.from('caf\x82.jsonl', 'latin1'), bytes },
      ]),
    );
    const entries = await readZipDirectory(path);
    expect(entries.map((entry) => [entry.name, entry.problem])).toEqual([
      ['../x', 'its name leads out of the archive'],
      ['\\x83e.jsonl', 'its name is not UTF-8'],
      ['a', 'its name is that of a directory of other members'],
      ['a/b', null],
      ['b', 'another member has the same name'],
      ['b', 'another member has the same name'],
      ['c', null],
      ['caf\\x82.jsonl', 'its name is not UTF-8'],
      ['d/e', null],
    ]);
  });

  test('that is not there', async () => {
    await expect(readZipDirectory(join(directory, 'no.zip'))).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
    });
  });
});

describe('a member', () => {
  const bytes = Buffer.from('some text '.repeat(100));
  const flip = (packed: Uint8Array): void => {
    packed[20] = (packed[20] ?? 0) ^ 4;
  };

  test.each([
    ['stored', { method: 0 }, 'its checksum (CRC-32) differs'],
    [
      'stored, written to a stream',
      { method: 0, isStreamed: true },
      'its checksum (CRC-32) differs',
    ],
    ['deflated', { method: 8 }, ''],
    ['deflated, written to a stream', { method: 8, isStreamed: true }, ''],
  ])('that is damaged: %s', async (_, options, reason) => {
    const damaged = read(zipArchive([{ name: 'm', bytes, damage: flip, ...options }]));
    await expect(damaged).rejects.toMatchObject({
      code: 'FILE_CORRUPT',
      message: expect.stringContaining(
        `m: the member is damaged or cut short: ${reason}`,
      ) as string,
      place: { file: 'm' },
    });
  });

  test('that is encrypted', async () => {
    const encrypted = zipArchive([{ name: 'm', bytes, isEncrypted: true }]);
    await expect(read(encrypted)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('m: the member is encrypted') as string,
    });
  });

  test('that is compressed by another method', async () => {
    const unknown = zipArchive([{ name: 'm', bytes, method: 12 }]);
    await expect(read(unknown)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('compressed by method 12') as string,
    });
  });
});
