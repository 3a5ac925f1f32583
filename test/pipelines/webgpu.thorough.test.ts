import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DeviceFinding } from '#toedit/src/tuning/device-findings';
import { runToedit } from '../cli/run-toedit.ts';
import { makeSandbox, root, type Sandbox } from '../sandbox.ts';
import { hasSwiftShader, withSwiftShader } from '../swiftshader.ts';

/** The most that a log-probability of a token may differ from the CPU's. */
const tolerance = 1e-3;

const texts = [
  'It was the best of times, and it was the worst of times; the king of England sat upon the throne.',
  'He said that he did not know what to do, and she said that she would not go to the door at the end of the day.',
  'In the United States of America, as in the rest of the world, one of the most of them is not to be found.',
];

interface EditedLine {
  readonly text: string;
  readonly edits: readonly (Readonly<Record<string, number>> & { readonly logprob: number })[];
}

/** Of a profile of ONNX Runtime. */
interface ProfiledEvent {
  readonly name: string;
  readonly args: { readonly op_name: string; readonly output_size: string };
}

describe.skipIf(!hasSwiftShader)('WebGPU, by SwiftShader', () => {
  let sandbox: Sandbox;
  let env: Readonly<Record<string, string>>;
  beforeAll(async () => {
    sandbox = await makeSandbox();
    env = withSwiftShader();
    const lines = texts.map((text) => `${JSON.stringify({ text })}\n`);
    writeFileSync(join(sandbox.directory, 'texts.jsonl'), lines.join(''));
  });
  afterAll(() => {
    sandbox[Symbol.dispose]();
    rmSync(env['XDG_RUNTIME_DIR'] ?? '', { recursive: true });
  });

  async function edited(device: string): Promise<readonly EditedLine[]> {
    const args = ['edit', 'texts.jsonl', '--device', device, '--output', device, '--report'];
    const rule = ['--threshold', '0.25', '--scores', 'all'];
    const outcome = await runToedit([...args, ...rule, '--quiet'], sandbox.directory, { env });
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    const output = readFileSync(join(sandbox.directory, device, 'texts.jsonl'), 'utf8');
    return output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as EditedLine);
  }

  test('edits the same tokens as the CPU, in the same way', async () => {
    const [here, there] = [await edited('webgpu'), await edited('cpu')];
    expect(here.map(({ text }) => text)).toEqual(there.map(({ text }) => text));
    expect(there.flatMap(({ edits }) => edits).length).toBeGreaterThan(5);
    const near = there.map(({ text, edits }) => ({
      text,
      edits: edits.map(({ logprob, new_logprob: drawn = Number.NaN, ...edit }) => ({
        ...edit,
        logprob: expect.toSatisfy((x: number) => Math.abs(x - logprob) < tolerance) as number,
        new_logprob: expect.toSatisfy((x: number) => Math.abs(x - drawn) < tolerance) as number,
      })),
    }));
    expect(here).toEqual(near);
  }, 120_000);

  test('is tried by doctor, which says what computes and what is left to the CPU', async () => {
    const module = join(root, 'dist/src/tuning/device-findings.js');
    const program = `
      const { deviceFindings } = await import(${JSON.stringify(module)});
      console.log(JSON.stringify(await deviceFindings()));`;
    const args = ['--input-type=module', '--eval', program];
    const options = { env: { ...process.env, ...env } };
    const { stdout } = await promisify(execFile)(process.execPath, args, options);
    const findings = JSON.parse(stdout) as readonly DeviceFinding[];
    const webgpu = findings.find(({ device }) => device === 'webgpu');
    expect(webgpu).toMatchObject({
      ...{ problem: null, adapter: 'SwiftShader', isSoftware: true, float16: false },
      nodes: { onCpu: { NonZero: 1 } },
    });
    expect(webgpu?.nodes?.onDevice).toBeGreaterThan(300);
    // Whose logits would cross to the host.
    for (const operation of ['MatMul', 'LogSoftmax', 'Exp', 'ReduceMax', 'ReduceSum', 'TopK']) {
      expect(webgpu?.nodes?.onCpu).not.toHaveProperty(operation);
    }
    expect(webgpu?.largestDifference).toBeLessThan(0.01);
  }, 240_000);

  test('keeps hidden states and logits on the device', async () => {
    const program = `
      const { env, InferenceSession } = await import('onnxruntime-node');
      const [files, splits, places, options, bodies, scoring, engines] = await Promise.all([
        'src/onnx/onnx-file', 'src/onnx/split-model', 'src/model/read-model-files',
        'src/inference/worker/session-options', 'src/inference/worker/open-body',
        'src/inference/worker/score-micro-batch', 'src/inference/engine-options',
      ].map((name) => import(process.argv[1] + '/dist/' + name + '.js')));
      env.logLevel = 'fatal';
      const directory = process.argv[1] + '/models/tiny';
      const config = await places.readModelConfig(directory);
      const { model } = await places.readModelFile(directory + '/onnx/model.onnx');
      const device = 'webgpu';
      const split = splits.splitModel(model, 'model.onnx', engines.splitOptionsOn(device));
      const engine = { ...config, ...split, device, threads: 1, earlyExit: null, logitsBytes: 2 ** 26 };
      const session = await InferenceSession.create(split.body, options.bodyOptions(engine));
      const head = await InferenceSession.create(split.head, {
        ...options.sessionOptions(engine, 'head'),
        enableProfiling: true, profileFilePrefix: process.argv[2],
      });
      const opened = bodies.openBody(session, engine);
      let location = null;
      const body = { ...opened, async hidden(batch) {
        const hidden = await opened.hidden(batch);
        location = hidden.location;
        return hidden;
      } };
      const tokenIds = Int32Array.from({ length: 128 }, (_, at) => (at * 37) % config.vocabularySize);
      const batch = { size: 2, width: 64, tokenIds, spans: Int32Array.of(1, 64, 1, 64), logThreshold: -1, topK: 4 };
      await scoring.scoreMicroBatch({ body, head, earlyExit: null }, batch, engine);
      head.endProfiling();
      console.log(location);`;
    const args = ['--input-type=module', '--eval', program, root, join(sandbox.directory, 'head')];
    const options = { cwd: root, env: { ...process.env, ...env } };
    const { stdout } = await promisify(execFile)(process.execPath, args, options);
    expect(stdout.trim()).toBe('gpu-buffer');
    const profile = readdirSync(sandbox.directory).find((name) => name.startsWith('head'));
    const text = readFileSync(join(sandbox.directory, profile ?? ''), 'utf8');
    const events = (JSON.parse(text) as readonly ProfiledEvent[]).filter(({ name }) =>
      name.endsWith('_kernel_time'),
    );
    const operations = events.map(({ args }) => args.op_name);
    expect(operations).toContain('MatMul');
    const copies = events.filter(({ args }) => args.op_name.startsWith('Memcpy'));
    expect(copies).not.toHaveLength(0);
    // Logits of 126 rows would be 2 MB: what is copied are a truth value and a few numbers for each.
    const bytes = copies.reduce((sum, { args }) => sum + Number(args.output_size), 0);
    expect(bytes).toBeLessThan(126 * 32);
  }, 120_000);
});
