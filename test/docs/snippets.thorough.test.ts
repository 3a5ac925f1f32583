import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runToedit } from '../cli/run-toedit.ts';
import { makeSandbox, root, type Sandbox } from '../sandbox.ts';
import { type HubServer, startHubServer } from '../src/hub/hub-server.ts';
import { serve, tinyFiles } from '../src/hub/served-model.ts';
import { hasDotProductHere } from '../this-processor.ts';
import { pages } from './pages.ts';

const run = promisify(execFile);
/** The fenced blocks of that language on all pages, each with its page. */
function snippets(language: string): (readonly [page: string, code: string])[] {
  const fence = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms');
  return pages.flatMap((page) =>
    [...readFileSync(join(root, page), 'utf8').matchAll(fence)].map(
      (match) => [page, match[1] ?? ''] as const,
    ),
  );
}

let sandbox: Sandbox;
let hub: HubServer;
beforeAll(async () => {
  sandbox = await makeSandbox();
  hub = await startHubServer();
  serve(hub, 'HuggingFaceTB/SmolLM2-135M-Instruct', tinyFiles());
  const content = readFileSync(join(sandbox.directory, 'corpus/books.parquet'));
  serve(hub, 'some-org/some-books', new Map([['data/books.parquet', { content }]]));
});
afterAll(async () => {
  sandbox[Symbol.dispose]();
  await hub[Symbol.asyncDispose]();
});

describe('commands', () => {
  const commands = snippets('sh').flatMap(([page, code]) =>
    code
      .trim()
      .split('\n')
      .map((line) => [page, line] as const),
  );

  test('there are some', () => {
    expect(commands.length).toBeGreaterThan(2);
  });

  test.each(commands)('%s: %s', async (_page, line) => {
    const [command = '', file] = line.replaceAll('"', '').split(' > ');
    const [npx, name, ...args] = command.split(' ');
    expect([npx, name]).toEqual(['npx', 'toedit']);
    const env = { HF_ENDPOINT: hub.endpoint, HF_HOME: join(sandbox.directory, 'huggingface') };
    const { code, stdout, stderr } = await runToedit(args, sandbox.directory, { env });
    if (file !== undefined) writeFileSync(join(sandbox.directory, file), stdout);
    const said = withoutProgress(stderr);
    const isTold = line.includes('-int8') && hasDotProductHere === false;
    expect({ code, stderr: said.replace(slowInt8, '') }).toEqual({ code: 0, stderr: '' });
    expect(slowInt8.test(said)).toBe(isTold);
  });
});

describe('programs', () => {
  const programs = snippets('ts').map(([page, code], index) => [page, index, code] as const);
  // Below the package, so that they import it by its name.
  const folder = join(root, 'dist/documented');

  beforeAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    for (const [, index, code] of programs) writeFileSync(join(folder, `${index}.ts`), code);
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: '../../tsconfig.json',
        compilerOptions: {
          rootDir: '.',
          outDir: '.',
          incremental: false,
          declaration: false,
          paths: { toedit: ['../src/index.d.ts'] },
        },
        include: ['*.ts'],
        exclude: [],
      }),
    );
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    await run(process.execPath, [tsc, '-p', folder]).catch((error: unknown) => {
      throw new Error((error as { stdout: string }).stdout);
    });
  });

  test('there are some', () => {
    expect(programs.length).toBeGreaterThan(1);
  });

  test.each(programs)('%s: program %i', async (_page, index) => {
    const options = { cwd: sandbox.directory };
    await run(process.execPath, [join(folder, `${index}.js`)], options);
  });
});

/** What a command with an int8 prior says once where the processor has no 8-bit dot products. */
const slowInt8 =
  /^toedit: this processor has no 8-bit dot product .* runs at \d+\.\d times the speed of float32 here .*\n/m;

/** Progress lines come every ten seconds: whether there are any depends on the machine. */
function withoutProgress(stderr: string): string {
  const ofRun = /^.+ \(\d+ of \d+\): .* rows, .*\n/gmu;
  const ofQuantising = /^toedit: (scoring|calibrating|alpha|writing|\d+ layers) .*\n/gmu;
  const ofDownload = /^(?:toedit: )?downloading .*\n/gmu;
  return [ofRun, ofQuantising, ofDownload].reduce(
    (text, line) => text.replaceAll(line, ''),
    stderr,
  );
}
