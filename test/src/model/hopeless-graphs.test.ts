import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openFixture } from '../../fixture-models.ts';
import { hopelessGraph, hopelessGraphs } from '../../hopeless-graphs.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'toedit-hopeless-graphs-'));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const vocabularySize = 32;

function write(fault: string | null): string {
  const path = join(directory, 'model.onnx');
  writeFileSync(path, hopelessGraph(fault, vocabularySize));
  return path;
}

test.each(hopelessGraphs)('a graph is invalid: %s', async (fault) => {
  const path = write(fault);
  await expect(openFixture(path, { vocabularySize })).rejects.toMatchObject({
    code: 'MODEL_INVALID',
    message: expect.stringContaining(path) as string,
  });
});

test('without a fault it is opened, by its own vocabulary alone', async () => {
  const path = write(null);
  const { engines } = await openFixture(path, { vocabularySize });
  await engines.close();
  for (const other of [vocabularySize - 1, vocabularySize + 1]) {
    await expect(openFixture(path, { vocabularySize: other })).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining(`config.json states vocab_size ${other}`) as string,
    });
  }
});
