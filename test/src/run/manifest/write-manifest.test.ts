import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { Manifest } from '#toedit/src/run/manifest/manifest';
import { readManifest, readRunName } from '#toedit/src/run/manifest/read-manifest';
import { writeManifest } from '#toedit/src/run/manifest/write-manifest';
import { openFiles } from '../../../open-resources.ts';
import { anyManifest, sampleManifest, sampleTask } from './sample-manifest.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-manifest-'));
afterAll(() => rmSync(directory, { recursive: true }));
const path = join(directory, '.toedit/manifest.jsonl');

async function replaceManifest(manifest: Manifest): Promise<void> {
  rmSync(path, { force: true });
  expect(await writeManifest(path, manifest)).toBe(true);
}

test('what is written is read', async () => {
  await fc.assert(
    fc.asyncProperty(anyManifest, async (manifest) => {
      await replaceManifest(manifest);
      expect(await readManifest(path)).toEqual(manifest);
    }),
  );
  expect(readdirSync(join(directory, '.toedit'))).toEqual(['manifest.jsonl']);
  expect(openFiles(directory)).toEqual([]);
});

test('more tasks than one chunk holds', async () => {
  const names = Array.from({ length: 2000 }, (_, i) => `${'é'.repeat(i % 50)}${i}.parquet`);
  const manifest = sampleManifest(names.map((name) => sampleTask(name)));
  await replaceManifest(manifest);
  expect(await readManifest(path)).toEqual(manifest);
  const lines = readFileSync(path, 'utf8').split('\n');
  expect(lines).toHaveLength(1 + 2000 + 1 + 1 + 1);
  expect(JSON.parse(lines[5] ?? '')).toEqual(manifest.tasks[4]);
});

test('a manifest that is there stays', async () => {
  await replaceManifest(sampleManifest());
  const before = readFileSync(path);
  expect(await writeManifest(path, sampleManifest([]))).toBe(false);
  expect(readFileSync(path)).toEqual(before);
});

test('of many that are written at once, one stands there, whole', async () => {
  for (let round = 0; round < 20; round++) {
    rmSync(path, { force: true });
    const manifests = Array.from({ length: 8 }, () => sampleManifest());
    const won = await Promise.all(manifests.map((each) => writeManifest(path, each)));
    expect(won.filter(Boolean)).toHaveLength(1);
    expect(await readManifest(path)).toEqual(manifests[won.indexOf(true)]);
    expect(await readRunName(path)).toBe(manifests[won.indexOf(true)]?.name);
  }
  expect(readdirSync(join(directory, '.toedit'))).toEqual(['manifest.jsonl']);
});

test('a directory that is taken away meanwhile is made again', async () => {
  await replaceManifest(sampleManifest());
  const wanted = sampleManifest();
  const written = writeManifest(path, wanted);
  for (let round = 0; round < 3; round++) {
    await sleep(0);
    const away = join(directory, `away-${String(round)}`);
    if (existsSync(join(directory, '.toedit'))) renameSync(join(directory, '.toedit'), away);
  }
  // It may have been linked before it was carried off, and is then found there.
  if (await written) {
    const places = readdirSync(directory).map((name) => join(directory, name, 'manifest.jsonl'));
    const names = await Promise.all(places.map(readRunName));
    expect(names).toContain(wanted.name);
  }
});

test.each(['none.jsonl', '.toedit/manifest.jsonl/x'])('%s is missing', async (name) => {
  await replaceManifest(sampleManifest());
  await expect(readManifest(join(directory, name))).rejects.toMatchObject({
    code: 'MANIFEST_MISSING',
    message: expect.stringMatching(/there is no run to be found: .* 'toedit edit'/) as string,
  });
});

describe('damage is told', () => {
  let bytes: Buffer;
  beforeEach(async () => {
    await replaceManifest(sampleManifest());
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
        return expectDamage(changed, /is damaged: |(newer|older) toedit/);
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
    const newer = bytes.toString().replace('"formatVersion":3', '"formatVersion":4');
    await expectDamage(newer, /was written by a newer toedit \(0\.1\.0, layout 4\); use that/);
  });

  test('an older layout', async () => {
    const older = bytes.toString().replace('"formatVersion":3', '"formatVersion":1');
    await expectDamage(older, /was written by an older toedit \(0\.1\.0, layout 1\); use that/);
  });
});
