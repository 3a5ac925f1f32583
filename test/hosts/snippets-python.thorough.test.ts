import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeSandbox, root, type Sandbox } from '../sandbox.ts';
import { hasJava, hasModules, runPython } from './hosts-python.ts';

interface Script {
  readonly page: string;
  readonly index: number;
  readonly code: string;
}

/** The Python of the pages about hosts: each runs by itself, in a directory that has `corpus/` and `models/`. */
const scripts: readonly Script[] = [
  'docs/python.md',
  'docs/datasets.md',
  'docs/ray.md',
  'docs/spark.md',
  'docs/worker.md',
  'python/README.md',
].flatMap((page) =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/^```python\n(.*?)^```$/gms)].map(
    ([, code = ''], index) => ({ page, index, code }),
  ),
);

/** Without what a script imports it is skipped. */
function canRun({ code }: Script): boolean {
  const imported = [...code.matchAll(/^(?:import|from) (\w+)/gm)].map(([, name = '']) => name);
  const modules = imported.filter((name) => name !== 'toedit' && name !== 'subprocess');
  return hasModules(['pyarrow', ...modules]) && (!modules.includes('pyspark') || hasJava());
}

let sandbox: Sandbox;
let path: string;
beforeAll(async () => {
  sandbox = await makeSandbox();
  path = join(sandbox.directory, 'bin');
  mkdirSync(path);
  const main = join(root, 'dist/src/cli/main.js');
  writeFileSync(join(path, 'toedit'), `#!/bin/sh\nexec node ${main} "$@"\n`);
  chmodSync(join(path, 'toedit'), 0o755);
});
afterAll(() => sandbox[Symbol.dispose]());

test('there are some', () => {
  expect(new Set(scripts.map(({ page }) => page)).size).toBeGreaterThan(3);
});

test.for(scripts.filter(canRun))('$page: script $index', async ({ code, index, page }) => {
  const script = join(sandbox.directory, `${page.replaceAll('/', '-')}-${index}.py`);
  writeFileSync(script, code);
  await runPython([script], { cwd: sandbox.directory, path });
});
