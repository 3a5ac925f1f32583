import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { version } from '#toedit/src/version';
import { makeHalfPrior } from './half-prior.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);

interface PackageJson {
  readonly version: string;
  readonly engines: unknown;
  readonly exports: unknown;
  readonly bin: unknown;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: unknown;
  readonly peerDependenciesMeta: unknown;
}

const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as PackageJson;

test('what the package promises is what it was', () => {
  expect(packageJson.engines).toEqual({ node: '>=20.19' });
  expect(packageJson.bin).toEqual({ toedit: 'dist/src/cli/main.js' });
  expect(packageJson.exports).toEqual({
    '.': { types: './dist/src/index.d.ts', default: './dist/src/index.js' },
    './package.json': './package.json',
  });
  expect(packageJson.version).toBe(version);
});

test('every runtime dependency is known, and its reason written down', () => {
  const names = Object.keys(packageJson.dependencies);
  expect(names).toEqual([
    '@bokuweb/zstd-wasm',
    '@bufbuild/protobuf',
    '@huggingface/hub',
    '@observablehq/plot',
    'apache-arrow',
    'commander',
    'fzstd',
    'hyparquet',
    'linkedom',
    'lz4-napi',
    'node-stream-zip',
    'onnxruntime-node',
    'p-limit',
    'parquet-wasm',
    'picomatch',
    'snappy',
    'tokenizers',
    'xxhash-wasm',
    'yaml',
  ]);
  expect(packageJson.peerDependencies).toEqual({ opendal: '^0.49.2' });
  expect(packageJson.peerDependenciesMeta).toEqual({ opendal: { optional: true } });
  names.push('opendal');
  const reasons = readFileSync(join(root, 'docs/decisions/dependencies.md'), 'utf8');
  for (const name of names) expect(reasons).toContain(`**${name}.**`);
});

test('no dependency needs an install script, since .npmrc lets none run', () => {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly hasInstallScript?: boolean }>>;
  };
  const withScript = Object.entries(lock.packages).filter(([, entry]) => entry.hasInstallScript);
  // Its script downloads CUDA files, which only --device cuda wants.
  expect(withScript.map(([path]) => path)).toEqual(['node_modules/onnxruntime-node']);
  expect(readFileSync(join(root, '.npmrc'), 'utf8')).toBe('ignore-scripts=true\n');
});

/** Programs of several versions of Node, `VERSION/bin/node`: `.ci/run` puts them there. */
const nodes = process.env['TOEDIT_NODES'] ?? '';
const nodeVersions = existsSync(nodes) ? readdirSync(nodes) : [];

if (nodeVersions.length === 0) console.warn('skipped: other versions of Node need TOEDIT_NODES');

describe('the tarball, installed in an empty directory', () => {
  const directory = mkdtempSync(join(tmpdir(), 'toedit-package-'));
  const inDirectory = { cwd: directory, env: { ...process.env, NODE_ENV: '' } };
  const installed = (path: string): string => join(directory, 'node_modules/toedit', path);

  beforeAll(async () => {
    // The program is compiled already: --ignore-scripts spares a second compilation by prepack.
    const pack = ['pack', '--ignore-scripts', '--pack-destination', directory];
    await run('npm', pack, { cwd: root });
    writeFileSync(join(directory, 'package.json'), '{ "private": true, "type": "module" }');
    const tarball = `toedit-${version}.tgz`;
    const install = ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', tarball];
    await run('npm', install, inDirectory);
  }, 600_000);

  afterAll(() => rmSync(directory, { recursive: true }));

  test('holds the program, the prior and the sample corpus, and no sources', () => {
    for (const path of [
      'LICENSE',
      'README.md',
      'CHANGELOG.md',
      'dist/src/cli/main.js',
      'dist/src/index.d.ts',
      'docs/algorithm.md',
      'models/tiny/onnx/model.onnx',
      'examples/corpus/books.parquet',
    ]) {
      expect(existsSync(installed(path)), path).toBe(true);
    }
    for (const path of ['src', 'test', 'dist/test', 'dist/benchmarks', 'dist/src/index.js.map']) {
      expect(existsSync(installed(path)), path).toBe(false);
    }
  });

  test('npx toedit tells its version', async () => {
    expect((await run('npx', ['toedit', '--version'], inDirectory)).stdout).toBe(`${version}\n`);
  });

  test('npx toedit edit edits the sample corpus with the embedded prior', async () => {
    const corpus = 'node_modules/toedit/examples/corpus';
    const args = ['toedit', 'edit', corpus, '--output', 'edited', '--limit', '1', '--json'];
    const { stdout } = await run('npx', args, inDirectory);
    const summary: unknown = JSON.parse(stdout);
    expect(summary).toMatchObject({ command: 'edit', rows: 3, prior: { name: 'tiny' } });
    expect(existsSync(join(directory, 'edited/books.parquet'))).toBe(true);
  }, 120_000);

  /** Edits the first row of each file of a corpus with a version of Node; gives the outputs by name. */
  const editedBy = async (
    program: string,
    output: string,
    flags: readonly string[],
  ): Promise<Readonly<Record<string, string>>> => {
    const few = ['--limit', '1', '--threshold', '0.5', '--quiet'];
    const args = ['edit', ...flags, '--output', output, ...few];
    await run(program, [installed('dist/src/cli/main.js'), ...args], inDirectory);
    const files = readdirSync(join(directory, output), { withFileTypes: true });
    const contents = files
      .filter((file) => file.isFile())
      .map(({ name }) => [name, readFileSync(join(directory, output, name), 'base64')] as const);
    return Object.fromEntries(contents);
  };

  describe.skipIf(nodeVersions.length === 0)('gives the same bytes', () => {
    const corpus = 'node_modules/toedit/examples/corpus';
    let expected: Readonly<Record<string, string>>;
    beforeAll(async () => {
      makeHalfPrior(join(directory, 'half'));
      expected = await editedBy(process.execPath, 'edited-here', [corpus]);
    }, 60_000);

    test.each(nodeVersions)(
      'on Node %s, of a prior in float16, too',
      async (name) => {
        const program = join(nodes, name, 'bin/node');
        expect((await run(program, ['--version'])).stdout).toMatch(new RegExp(`^v${name}\\.`, 'u'));
        expect(Object.keys(expected)).toHaveLength(3);
        expect(await editedBy(program, `edited-${name}`, [corpus])).toEqual(expected);
        const file = 'devils-dictionary.jsonl.gz';
        const half = [join(corpus, file), '--model', 'half', '--dtype', 'fp16'];
        expect(await editedBy(program, `half-${name}`, half)).toEqual({ [file]: expected[file] });
      },
      120_000,
    );
  });

  test('a TypeScript program compiles against it and runs', async () => {
    cpSync(join(root, 'test/fixtures/consumer.ts'), join(directory, 'consumer.ts'));
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const typeRoots = join(root, 'node_modules/@types');
    const options = [
      '--strict',
      '--target',
      'ES2023',
      '--module',
      'NodeNext',
      '--lib',
      'ES2023,ESNext.Disposable',
    ];
    await run(
      process.execPath,
      [tsc, ...options, '--types', 'node', '--typeRoots', typeRoots, 'consumer.ts'],
      inDirectory,
    ).catch((error: unknown) => {
      throw new Error((error as { stdout: string }).stdout);
    });
    const { stdout } = await run(process.execPath, ['consumer.js'], inDirectory);
    expect(stdout).toMatch(/^1 row edited into \/.*\/edited-by-consumer\/books\.parquet\n$/);
  }, 120_000);
});
