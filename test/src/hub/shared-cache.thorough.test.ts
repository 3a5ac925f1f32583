import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runToedit, startToedit } from '../../cli/run-toedit.ts';
import { makeSandbox, type Sandbox } from '../../sandbox.ts';
import { commitNamed, type HubServer, sha256, startHubServer } from './hub-server.ts';
import { serve, tinyFiles } from './served-model.ts';

const run = promisify(execFile);
const name = 'some-org/tiny-model';
const graph = tinyFiles().get('onnx/model.onnx')?.content ?? Buffer.alloc(0);
let sandbox: Sandbox;
let server: HubServer;
let home: string;
let env: Record<string, string>;

beforeEach(async () => {
  sandbox = await makeSandbox();
  server = await startHubServer();
  serve(server, name, tinyFiles());
  home = join(sandbox.directory, 'huggingface');
  env = { HF_HOME: home, HF_ENDPOINT: server.endpoint, HF_TOKEN: '', HF_HUB_OFFLINE: '' };
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  sandbox[Symbol.dispose]();
});

const edit = (output: string, model = name): string[] =>
  ['edit', 'corpus/books.parquet', '--output', output, '--model', model, '--limit', '1'].concat(
    '--json',
  );
const graphRequests = (): (string | undefined)[] =>
  server.seen.filter(({ path }) => path.endsWith(sha256(graph))).map(({ range }) => range);

describe('the command line', () => {
  test('takes a model by its name, and a run stays with the commit it was planned with', async () => {
    const planned = await runToedit(['plan', ...edit('edited').slice(1)], sandbox.directory, {
      env,
    });
    expect(planned).toMatchObject({ code: 0 });
    expect(planned.stderr).toMatch(
      /^toedit: downloading some-org\/tiny-model \(commit .*MB, into /u,
    );
    const changed = tinyFiles().set('config.json', { content: Buffer.from('{"broken": true}') });
    serve(server, name, changed, commitNamed('moved'));
    server.seen.length = 0;
    const edited = await runToedit(edit('edited'), sandbox.directory, { env });
    expect(edited).toMatchObject({ code: 0, stderr: '' });
    const { prior } = JSON.parse(edited.stdout) as { prior: { name: string; path: string } };
    expect(prior.name).toBe(`${name}@${commitNamed(name)}`);
    expect(server.seen).toEqual([]);
    // As on another machine, where nothing is cached.
    await runToedit(
      ['plan', ...edit('other', `${name}@${commitNamed(name)}`).slice(1)],
      sandbox.directory,
      { env },
    );
    rmSync(home, { recursive: true });
    const elsewhere = await runToedit(['run', 'other', '--json'], sandbox.directory, { env });
    expect(elsewhere).toMatchObject({ code: 0 });
    expect(existsSync(prior.path)).toBe(true);
    const offline = { env: { ...env, HF_HUB_OFFLINE: '1', HF_ENDPOINT: 'http://127.0.0.1:1' } };
    const pinned = `${name}@${commitNamed(name)}`;
    expect(await runToedit(edit('third', pinned), sandbox.directory, offline)).toMatchObject({
      code: 0,
    });
  });

  test.each([
    ['no/such', 2, 'HUB_NOT_FOUND'],
    [`${name}@v9`, 2, 'HUB_NOT_FOUND'],
    ['models/slip', 2, 'MODEL_INVALID'],
  ])('%s: exit code %i', async (model, code, error) => {
    const { stdout, ...ended } = await runToedit(edit('edited', model), sandbox.directory, { env });
    expect(ended.code).toBe(code);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: error } });
    expect(existsSync(home)).toBe(false);
  });

  test('killed while it downloads, it goes on where it was; two at once download once', async () => {
    const size = 3_000_000;
    server.fault = ({ path }) => (path.endsWith(sha256(graph)) ? { stallAfter: size } : undefined);
    const killed = startToedit(edit('edited'), sandbox.directory, { env });
    const blobs = join(home, 'hub/models--some-org--tiny-model/blobs');
    const part = join(blobs, `${sha256(graph)}.toedit.incomplete`);
    await expect.poll(() => (existsSync(part) ? statSync(part).size : 0)).toBe(size);
    killed.kill('SIGKILL');
    await killed.outcome;
    expect(readdirSync(blobs).filter((blob) => blob === sha256(graph))).toEqual([]);
    server.fault = () => undefined;
    server.seen.length = 0;
    const ended = await Promise.all(
      ['one', 'two'].map((output) => runToedit(edit(output), sandbox.directory, { env })),
    );
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    expect(graphRequests()).toEqual([`bytes=${size}-`]);
    expect(sha256(readFileSync(join(blobs, sha256(graph))))).toBe(sha256(graph));
  });
});

const python = '/tmp/venv-models/bin/python';
const hasPython = existsSync(python);
if (!hasPython) console.log(`skipped: there is no ${python} with huggingface_hub`);

describe.skipIf(!hasPython)('with Python’s huggingface_hub', () => {
  const inPython = async (script: string, more: Record<string, string> = {}): Promise<string> => {
    const own = { ...process.env, ...env, HF_HUB_DISABLE_TELEMETRY: '1', ...more };
    return (await run(python, ['-c', script], { env: own })).stdout.trim();
  };
  const download = (file: string): string =>
    `from huggingface_hub import hf_hub_download; print(hf_hub_download('${name}', '${file}'))`;
  const nobody = { HF_HUB_OFFLINE: '1', HF_ENDPOINT: 'http://127.0.0.1:1' };

  test('it reads offline what we have downloaded', async () => {
    expect(await runToedit(edit('edited'), sandbox.directory, { env })).toMatchObject({ code: 0 });
    const path = await inPython(download('onnx/model.onnx'), nobody);
    expect(sha256(readFileSync(path))).toBe(sha256(graph));
    server.seen.length = 0;
    await inPython(download('tokenizer.json'));
    expect(server.seen.filter(({ server: at }) => at === 'cdn')).toEqual([]);
  });

  test('we read what it has downloaded, online and offline, and fetch what is missing only', async () => {
    for (const file of [
      'config.json',
      'tokenizer.json',
      'tokenizer_config.json',
      'onnx/model.onnx',
    ])
      await inPython(download(file));
    const offline = { env: { ...env, ...nobody } };
    expect(await runToedit(edit('one'), sandbox.directory, offline)).toMatchObject({ code: 0 });
    server.seen.length = 0;
    expect(await runToedit(edit('two'), sandbox.directory, { env })).toMatchObject({ code: 0 });
    const fetched = server.seen.filter(({ path }) => path.includes('/resolve/'));
    expect(fetched.map(({ path }) => path.split('/').at(-1))).toEqual(['generation_config.json']);
  });

  test('we take a file from the store that its models share, and note the link', async () => {
    const xetHash = 'ab'.repeat(32);
    const files = tinyFiles().set('onnx/model.onnx', { content: graph, isLarge: true, xetHash });
    serve(server, name, files);
    const cache = join(home, 'hub');
    const blob = join(cache, 'models--other--model/blobs', sha256(graph));
    mkdirSync(join(blob, '..'), { recursive: true });
    await inPython(
      [
        'from huggingface_hub.utils._shared_blobs import publish_blob_to_shared_store as publish',
        `import urllib.request; urllib.request.urlretrieve('${server.endpoint}/${name}/resolve/main/onnx/model.onnx', '${blob}')`,
        `assert publish(blob_path='${blob}', xet_hash='${xetHash}', cache_dir='${cache}', expected_size=${graph.length})`,
      ].join('\n'),
    );
    server.seen.length = 0;
    expect(await runToedit(edit('edited'), sandbox.directory, { env })).toMatchObject({ code: 0 });
    expect(graphRequests()).toEqual([]);
    const references = readFileSync(join(cache, `blobs/ab/${xetHash}.refs`), 'utf8');
    expect(references).toContain(`models--some-org--tiny-model/blobs/${sha256(graph)}\n`);
  });

  test('it waits for our lock, and we for its', async () => {
    const lock = join(home, 'hub/.locks/models--some-org--tiny-model', `${sha256(graph)}.lock`);
    const isFree = `from filelock import FileLock, Timeout
try:
  FileLock('${lock}').acquire(timeout=0.1); print('free')
except Timeout: print('held')`;
    server.fault = ({ path }) => (path.endsWith(sha256(graph)) ? { stallAfter: 10 } : undefined);
    const ours = startToedit(edit('edited'), sandbox.directory, { env });
    await expect.poll(() => graphRequests().length).toBe(1);
    expect(await inPython(isFree)).toBe('held');
    ours.kill('SIGKILL');
    await ours.outcome;
    await expect.poll(() => inPython(isFree)).toBe('free');
  });
});
