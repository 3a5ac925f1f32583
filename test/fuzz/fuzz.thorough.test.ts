import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fuzz } from '#toedit/benchmarks/fuzz/fuzz';
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
