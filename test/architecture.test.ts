import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { root } from './sandbox.ts';

/** The most files of source in one folder. */
const fullest = 20;

const sources = ['src', 'operators', 'pipelines'].flatMap((folder) => filesBelow(folder));

function filesBelow(folder: string): string[] {
  return ts.sys
    .readDirectory(join(root, folder), ['.ts'])
    .map((path) => normalize(path).slice(normalize(root).length));
}

/** What a file imports by a relative path, types included: statements, `import()` and `import('…')` as a type. */
function importsOf(file: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    if (specifier !== undefined && ts.isStringLiteral(specifier)) found.push(specifier.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest));
  return found
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => join(dirname(file), specifier));
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
    return node.argument.literal;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return node.arguments[0];
  }
  return undefined;
}

type Graph = ReadonlyMap<string, readonly string[]>;

const imports: Graph = new Map(sources.map((file) => [file, importsOf(file)]));

/** `operators`, `pipelines` or a folder in `src`, with all below it; a file that lies in `src` itself. */
function roomOf(file: string): string {
  const [first = '', second = ''] = file.split('/');
  return first === 'src' ? `${first}/${second}` : first;
}

/** The index re-exports everything, and nothing imports it. */
function rooms(): Graph {
  const graph = new Map<string, string[]>();
  for (const [file, targets] of imports) {
    if (file === 'src/index.ts') continue;
    const room = roomOf(file);
    const others = targets.map(roomOf).filter((other) => other !== room);
    graph.set(room, [...(graph.get(room) ?? []), ...others]);
  }
  return graph;
}

/** Circles of a graph, one for each that a walk of every path meets. */
function circlesOf(graph: Graph): string[][] {
  const circles: string[][] = [];
  const isDone = new Set<string>();
  const walk = (node: string, path: readonly string[]): void => {
    const at = path.indexOf(node);
    if (at !== -1) circles.push([...path.slice(at), node]);
    if (at !== -1 || isDone.has(node)) return;
    for (const target of graph.get(node) ?? []) walk(target, [...path, node]);
    isDone.add(node);
  };
  for (const node of graph.keys()) walk(node, []);
  return circles;
}

/** Imports of files in `from` that lie in one of `to`, each a folder or a file. */
function forbidden(from: RegExp, to: readonly string[]): string[] {
  return [...imports].flatMap(([file, targets]) =>
    from.test(file)
      ? targets
          .filter((target) => to.some((place) => target.startsWith(`${place}/`)))
          .map((target) => `${file} imports ${target}`)
      : [],
  );
}

describe('what imports what', () => {
  test('every import of one of these folders leads to a file of them', () => {
    const known = new Set(sources);
    expect(sources.length).toBeGreaterThan(100);
    expect([...imports.values()].flat().filter((target) => !known.has(target))).toEqual([]);
  });

  test('no file is in a circle, types included', () => {
    expect(circlesOf(imports)).toEqual([]);
  });

  test('no folder is in a circle', () => {
    expect(circlesOf(rooms())).toEqual([]);
  });

  test('operators know nothing of a run, of reports, or of who uses them', () => {
    const places = ['pipelines', 'src/run', 'src/report', 'src/slurm', 'src/cli'];
    expect(forbidden(/^operators\//, places)).toEqual([]);
  });

  test('counters and clocks know nothing of where a run keeps them, nor how they are shown', () => {
    expect(forbidden(/^src\/metrics\//, ['src/run', 'src/report', 'src/slurm'])).toEqual([]);
  });

  test('src is below operators, operators below pipelines, and only the index and the CLI are above', () => {
    const places = ['operators', 'pipelines', 'src/cli'];
    expect(forbidden(/^src\/(?!index\.ts|cli\/)/, places)).toEqual([]);
    expect(forbidden(/^pipelines\//, ['src/cli'])).toEqual([]);
  });
});

test(`no folder has over ${fullest} files`, () => {
  const sizes = new Map<string, number>();
  for (const file of sources) sizes.set(dirname(file), (sizes.get(dirname(file)) ?? 0) + 1);
  const full = [...sizes].flatMap(([folder, size]) => (size > fullest ? folder : []));
  expect(full).toEqual([]);
});
