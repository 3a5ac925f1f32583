import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeBaseFiles } from '#toedit/benchmarks/fuzz/base-files';
import { fuzz, openReaders } from '#toedit/benchmarks/fuzz/fuzz';
import { outcomes } from '#toedit/benchmarks/fuzz/verdict';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'toedit-fuzz-'));
});

afterAll(() => rm(directory, { recursive: true }));

test('1,000 damaged files are read, or refused in our own words', async () => {
  const { tallies, faults } = await fuzz({ directory, first: 1, count: 1000, jobs: 2 });
  expect(faults).toEqual([]);
  expect(tallies).toHaveLength(1000);
  const kinds = new Set(tallies.map(({ kind }) => kind));
  expect([...kinds].sort()).toEqual([...outcomes].sort());
});

const fuzzCase = { way: 'readArrow', file: 'none.arrow', number: 1 };

test.each([
  ['hang', { limitMs: 1 }],
  ['memory', { memoryBytes: 1 }],
  ['crash', { directory: 'absent' }],
])('a process is found out that ends in a %s', async (kind, options) => {
  const known = join(directory, kind);
  await writeBaseFiles(known);
  await using readers = openReaders({ directory: known, ...options }, 0);
  expect((await readers.judge(fuzzCase)).verdict.kind).toBe(kind);
});
