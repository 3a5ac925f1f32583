import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, normalize, relative } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import type { Operator } from '#toedit/src/operator';
import { collect, numbered, rowsOf, textBatch } from '../operators/text-batch.ts';
import { root } from '../sandbox.ts';

const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8');

/** The files of the table that follows a record batch, in order. */
const way = [...page.matchAll(/^\| (\d+) \| `([^`]+)` \|/gm)].map(([, number, file = '']) => ({
  number: Number(number),
  file,
}));

const tree = page.match(/```\n(src\/cli\/.*?)```/s)?.[1] ?? '';

/** The folders of the tree, from the root, in its order. */
const order: string[] = [];
for (const line of tree.split('\n')) {
  const top = /^ /.test(line) ? `${order.findLast((folder) => !folder.includes('/')) ?? ''}/` : '';
  for (const [, name = ''] of line.slice(0, 22).matchAll(/([a-z0-9/]+)\/(?=\s|$)/g)) {
    order.push(top + name);
  }
}

const sources = ['src', 'operators', 'pipelines'].flatMap((top) =>
  ts.sys.readDirectory(join(root, top), ['.ts']).map((path) => relative(root, path)),
);

/** Where the innermost folder of the tree that holds the file stands in it. */
function rankOf(file: string): number {
  const holding = order.filter((folder) => file.startsWith(`${folder}/`));
  return order.indexOf(holding.toSorted((one, other) => other.length - one.length)[0] ?? '');
}

describe('docs/architecture.md', () => {
  test('every path on it leads somewhere', () => {
    const paths = [...page.matchAll(/`((?:src|operators|pipelines|test|examples)\/[a-z0-9/.-]+)`/g)]
      .map(([, path = '']) => path)
      .filter((path) => !path.includes('drop-short-texts'));
    expect(paths.length).toBeGreaterThan(30);
    for (const path of paths) expect(existsSync(join(root, path)), path).toBe(true);
  });

  test('its tree names every folder of source', () => {
    const folders = [...new Set(sources.map((file) => basename(dirname(file))))];
    expect(folders.length).toBeGreaterThan(30);
    for (const folder of folders) expect(tree).toMatch(new RegExp(`\\b${folder}/`));
  });

  test('imports run down its tree', () => {
    const upwards = sources.flatMap((file) => {
      if (file === 'src/index.ts' || dirname(file) === 'src') return [];
      const targets = importsOf(file).filter((target) => dirname(target) !== 'src');
      return targets
        .filter((target) => rankOf(target) < rankOf(file))
        .map((target) => `${file} imports ${target}`);
    });
    expect(upwards).toEqual([]);
  });

  test('a record batch passes at most 20 files, no file twice', () => {
    expect(way.map(({ number }) => number)).toEqual(way.map((_, index) => index + 1));
    expect(way.length).toBeGreaterThan(10);
    expect(way.length).toBeLessThanOrEqual(20);
    expect(new Set(way.map(({ file }) => file)).size).toBe(way.length);
  });

  test.each(way.slice(1).map(({ number, file }) => [file, number - 1] as const))(
    '%s is imported by a file that stands before it',
    (file, before) => {
      const importers = way.slice(0, before).filter((each) => importsOf(each.file).includes(file));
      expect(importers).not.toEqual([]);
    },
  );

  test('its operator works as it says', async () => {
    const code = page.match(/```typescript\n(import \{ selectRows \}.*?)```/s)?.[1] ?? '';
    const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 };
    const { outputText } = ts.transpileModule(code, { compilerOptions: options });
    const compiled = join(root, 'dist/operators/documented.js');
    writeFileSync(compiled, outputText.replaceAll(/\.ts';/g, ".js';"));
    const { dropShortTexts } = (await import(compiled)) as {
      dropShortTexts: (minBytes: number) => Operator;
    };
    rmSync(compiled);
    const source = async function* () {
      yield textBatch(numbered(['four', null, 'é', 'three']));
    };
    const rows = (await collect(dropShortTexts(4)(source()))).flatMap(rowsOf);
    expect(rows.map(({ text }) => text)).toEqual(['four', 'three']);
  });
});

function importsOf(file: string): string[] {
  const code = readFileSync(join(root, file), 'utf8');
  return [...code.matchAll(/(?:from |import\()'(\.[^']+)'/g)].map(([, specifier = '']) =>
    normalize(join(dirname(file), specifier)),
  );
}
