import { execFile } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
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
});
