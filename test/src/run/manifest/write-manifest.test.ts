import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { readManifest } from '#toedit/src/run/manifest/read-manifest';
import { writeManifest } from '#toedit/src/run/manifest/write-manifest';
import { openFiles } from '../../../open-resources.ts';
import { anyManifest, sampleManifest, sampleTask } from './sample-manifest.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-manifest-'));
afterAll(() => rmSync(directory, { recursive: true }));
const path = join(directory, '.toedit/manifest.jsonl');

test('what is written is read', async () => {
  await fc.assert(
    fc.asyncProperty(anyManifest, async (manifest) => {
      await writeManifest(path, manifest, { overwrite: true });
      expect(await readManifest(path)).toEqual(manifest);
    }),
  );
  expect(readdirSync(join(directory, '.toedit'))).toEqual(['manifest.jsonl']);
  expect(openFiles(directory)).toEqual([]);
});

test('more tasks than one chunk holds', async () => {
  const names = Array.from({ length: 2000 }, (_, i) => `${'é'.repeat(i % 50)}${i}.parquet`);
  const manifest = sampleManifest(names.map((name) => sampleTask(name)));
  await writeManifest(path, manifest, { overwrite: true });
  expect(await readManifest(path)).toEqual(manifest);
  const lines = readFileSync(path, 'utf8').split('\n');
  expect(lines).toHaveLength(1 + 2000 + 1 + 1 + 1);
  expect(JSON.parse(lines[5] ?? '')).toEqual(manifest.tasks[4]);
});

test('a manifest that is there stays', async () => {
  await writeManifest(path, sampleManifest(), { overwrite: true });
  const before = readFileSync(path);
  await expect(writeManifest(path, sampleManifest([]))).rejects.toMatchObject({
    code: 'OUTPUT_EXISTS',
  });
  expect(readFileSync(path)).toEqual(before);
});

test.each(['none.jsonl', '.toedit/manifest.jsonl/x'])('%s is missing', async (name) => {
  await writeManifest(path, sampleManifest(), { overwrite: true });
  await expect(readManifest(join(directory, name))).rejects.toMatchObject({
    code: 'MANIFEST_MISSING',
    message: expect.stringMatching(/there is no run to be found: .* 'toedit plan'/) as string,
  });
});

describe('damage is told', () => {
  let bytes: Buffer;
  beforeEach(async () => {
    await writeManifest(path, sampleManifest(), { overwrite: true });
    bytes = readFileSync(path);
  });

  const expectDamage = async (content: Uint8Array | string, message = /is damaged: /) => {
    writeFileSync(path, content);
    await expect(readManifest(path)).rejects.toMatchObject({
      code: 'MANIFEST_INVALID',
      message: expect.stringMatching(message) as string,
      place: { file: path },
    });
  };

  test('cut at any byte', async () => {
    for (let length = 0; length < bytes.length; length++) {
      await expectDamage(bytes.subarray(0, length), /is damaged: it is (cut short|no manifest)/);
    }
  });

  test('any byte changed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ flip;
        return expectDamage(changed, /is damaged: |newer toedit/);
      }),
      { numRuns: 300 },
    );
  });

  test('a line too many, too few or twice', async () => {
    const lines = bytes.toString().split('\n');
    const without = (index: number) => lines.toSpliced(index, 1).join('\n');
    await expectDamage(without(0), /no manifest of toedit/);
    await expectDamage(without(2), /it holds 1 tasks, not 2/);
    await expectDamage(lines.toSpliced(2, 1, lines[1] ?? '').join('\n'), /its checksum is wrong/);
    await expectDamage(`${bytes.toString()}{}\n`, /its last line is missing/);
  });

  test('another file', async () => {
    await expectDamage('', /cut short/);
    await expectDamage('{"text":"a"}\n', /no manifest of toedit/);
    await expectDamage('PAR1\n', /no manifest of toedit/);
  });

  test('a newer layout', async () => {
    const newer = bytes.toString().replace('"formatVersion":1', '"formatVersion":2');
    await expectDamage(newer, /was written by a newer toedit \(0\.1\.0, layout 2\); use that/);
  });
});
