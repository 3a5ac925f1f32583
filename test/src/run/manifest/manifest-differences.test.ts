import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunIdentity, Task } from '#toedit/src/run/manifest/manifest';
import { makeManifest } from '#toedit/src/run/manifest/manifest';
import {
  manifestDifferences,
  refuseDifferences,
} from '#toedit/src/run/manifest/manifest-differences';
import { anyManifest, sampleIdentity, sampleManifest, sampleTask } from './sample-manifest.ts';

const { options, prior } = sampleIdentity;
const existing = sampleManifest();
const withIdentity = (changes: Partial<RunIdentity>) =>
  manifestDifferences(existing, sampleManifest(undefined, changes));
const withTask = (changes: Partial<Task>) =>
  manifestDifferences(
    existing,
    sampleManifest([sampleTask('a.parquet', changes), sampleTask('b.parquet')]),
  );

test('runs of the same id do not differ, others do', () => {
  fc.assert(
    fc.property(anyManifest, anyManifest, fc.nat(30), ({ id, ...one }, other, from) => {
      const mixed = [...one.tasks.slice(from), ...other.tasks.slice(0, from)];
      const names = new Set<string>();
      const tasks = mixed.filter(
        ({ relativePath }) => !names.has(relativePath) && names.add(relativePath),
      );
      const wanted = makeManifest(one, { tasks, skipped: [] });
      const differences = manifestDifferences({ id, ...one }, wanted);
      expect(differences.length === 0).toBe(wanted.id === id);
      expect(differences.length).toBeLessThanOrEqual(4 * 4);
    }),
  );
});

test('neither does the order, nor what does not decide the output', () => {
  const shuffled = makeManifest(sampleIdentity, {
    tasks: existing.tasks.toReversed(),
    skipped: [],
  });
  expect(manifestDifferences(existing, shuffled)).toEqual([]);
  expect(withIdentity({ version: '0.1.7' })).toEqual([]);
  expect(withTask({ path: '/new/a.parquet', modifiedNs: '1', rows: null })).toEqual([]);
});

describe('names', () => {
  test.each<[string, ReturnType<typeof withIdentity>, [string, string, string][]]>([
    [
      'options',
      withIdentity({ options: { ...options, threshold: 0.95, keyColumn: 'id' } }),
      [
        ['threshold', '0.99', '0.95'],
        ['keyColumn', 'null', '"id"'],
      ],
    ],
    [
      'options of one run only',
      withIdentity({ options: { ...options, limit: 3 } }),
      [['limit', 'not there', '3']],
    ],
    [
      'the device',
      withIdentity({ prior: { ...prior, device: 'cuda' } }),
      [['the device', 'cpu', 'cuda']],
    ],
    [
      'the model',
      withIdentity({ prior: { ...prior, modelFingerprint: 'd'.repeat(64) } }),
      [['the model (SHA-256)', `${'a'.repeat(16)}…`, `${'d'.repeat(16)}…`]],
    ],
    [
      'the tokenizer',
      withIdentity({ prior: { ...prior, tokenizerFingerprint: 'd'.repeat(64) } }),
      [['the tokenizer (SHA-256)', `${'b'.repeat(16)}…`, `${'d'.repeat(16)}…`]],
    ],
    [
      'the release and the command',
      withIdentity({ version: '1.0.0', command: 'score' }),
      [
        ['the release of toedit', '0.1', '1'],
        ['the command', 'edit', 'score'],
      ],
    ],
    ['a size', withTask({ bytes: 7, fingerprint: 'x:y' }), [['a.parquet', '100 bytes', '7 bytes']]],
    [
      'a content',
      withTask({ fingerprint: `sha256:${'d'.repeat(64)}` }),
      [
        [
          'the content of a.parquet',
          `parquet (sha256:${'c'.repeat(16)}…)`,
          `parquet (sha256:${'d'.repeat(16)}…)`,
        ],
      ],
    ],
    ['a file that cannot be read now', withTask({ fingerprint: null, format: null }), []],
    [
      'a file that was written again, and cannot be read now',
      withTask({ fingerprint: null, format: null, modifiedNs: '9' }),
      [['the content of a.parquet', `parquet (sha256:${'c'.repeat(16)}…)`, 'unreadable']],
    ],
    [
      'what is gone and what is new',
      withTask({ relativePath: 'c.parquet' }),
      [
        ['a.parquet', 'an input', 'gone'],
        ['c.parquet', 'no input', 'one'],
      ],
    ],
  ])('%s', (_, differences, expected) => {
    expect(differences.map(({ what, was, is }) => [what, was, is])).toEqual(expected);
  });

  test('a few of many inputs, and how many more there are', () => {
    const tasks = Array.from({ length: 100 }, (_, i) => sampleTask(`${i}.parquet`));
    const differences = manifestDifferences(sampleManifest(tasks), sampleManifest([]));
    expect(differences.map(({ what }) => what)).toEqual([
      ...['0.parquet', '1.parquet', '2.parquet', 'the number of further gone inputs'],
    ]);
    expect(differences.at(-1)).toMatchObject({ was: '0', is: '97' });
  });
});

describe('refuseDifferences', () => {
  const differences = manifestDifferences(
    existing,
    sampleManifest([sampleTask('a.parquet')], { options: { ...options, threshold: 0.95 } }),
  );

  test('says what differs and what to do', () => {
    expect(() => refuseDifferences(differences, { output: 'edited' })).toThrow(
      expect.objectContaining({
        code: 'MANIFEST_CONFLICT',
        message:
          'edited holds a run that differs: threshold was 0.99, is 0.95; b.parquet was an input, is gone. Put it back to continue that run, write to another output directory, or start again with --overwrite',
      }) as Error,
    );
  });
});
