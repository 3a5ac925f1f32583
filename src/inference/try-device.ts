import { spawn } from 'node:child_process';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, execPath } from 'node:process';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Device } from './engine-options.ts';
import { type PlacedNodes, placedNodes } from './placed-nodes.ts';

/** What a device is tried with: a small prior that can be split. */
export interface DeviceTrialSettings {
  readonly device: Device;
  /** Its graph, without external data. */
  readonly model: string;
  readonly headSize: number;
  readonly vocabularySize: number;
}

/** What the process of a trial answers; `logprobs` are of fixed tokens. */
export type DeviceTrialAnswer =
  | { readonly failure: string }
  | {
      readonly failure: null;
      readonly logprobs: readonly number[];
      /** File names of the drivers' libraries. */
      readonly drivers: readonly string[];
      /** Whether the device could not run the graphs alone. */
      readonly fellBack: boolean;
      /** Whether float16 works within a graph. */
      readonly keepsHalf: boolean;
    };

/** What a trial has shown; of one that failed, why. */
export type DeviceTrial = DeviceTrialAnswer & { readonly nodes: PlacedNodes };

/**
 * Runs a small prior on a device, in a process of its own: where a driver crashes, that is an answer, too. It takes three minutes at
 * most.
 *
 * @throws Error of the file system, where no temporary file can be made.
 */
export async function tryDevice(settings: DeviceTrialSettings): Promise<DeviceTrial> {
  const directory = await mkdtemp(join(tmpdir(), 'toedit-trial-'));
  try {
    // Not through a pipe: what ONNX Runtime says while a pipe is full is lost.
    await using log = await open(join(directory, 'log'), 'w+');
    const { said, end } = await runTrial(settings, log.fd);
    const lines = (await readFile(join(directory, 'log'), 'utf8')).split('\n');
    const nodes = placedNodes(lines);
    if (said !== '') return { ...withLoader(JSON.parse(said) as DeviceTrialAnswer, lines), nodes };
    const last = lastWords(lines);
    const words = last === undefined ? '' : `; it last said: ${last}`;
    return { failure: `the trial ended without an answer: ${end}${words}`, nodes };
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function runTrial(
  settings: DeviceTrialSettings,
  log: number,
): Promise<{ readonly said: string; readonly end: string }> {
  const module = fileURLToPath(new URL('./worker/device-trial-worker.js', import.meta.url));
  const child = spawn(execPath, [module, JSON.stringify(settings)], {
    stdio: ['ignore', 'ignore', log, 'pipe'],
    timeout: mostTrialMs,
    killSignal: 'SIGKILL',
    env: { ORT_DISABLE_TELEMETRY: '1', ...env },
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`its process cannot be started: ${error.message}`));
    child.once('close', (code, signal) => resolve(endOf(signal ?? code)));
  });
  const said = await text(child.stdio[3] as Readable).catch(() => '');
  return { said, end: await ended };
}

const mostTrialMs = 180_000;

function endOf(end: string | number | null): string {
  if (end === 'SIGKILL') return 'it took three minutes, or was killed';
  return typeof end === 'string' ? `its process crashed (${end})` : `code ${String(end)}`;
}

/** Where Vulkan itself is missing, Dawn says so in the log alone. */
function withLoader(answer: DeviceTrialAnswer, lines: readonly string[]): DeviceTrialAnswer {
  const loader = lines.find((line) => line.includes('load Vulkan'));
  if (answer.failure === null || loader === undefined) return answer;
  const reason = loader.replace(/^.*?Couldn't/u, "couldn't").trim();
  return { failure: `${answer.failure.trim()} (${reason})` };
}

/** The last line that is none of ONNX Runtime's log. */
function lastWords(lines: readonly string[]): string | undefined {
  const words = lines.findLast((line) => !/^\S*\d{4}-\d\d-\d\d |^\s*$/u.test(line));
  return words?.trim().slice(0, 300);
}
