import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Device } from '../inference/engine-options.ts';
import type { PlacedNodes } from '../inference/placed-nodes.ts';
import { deviceRemedies } from '../inference/start-engine.ts';
import { type DeviceTrial, tryDevice } from '../inference/try-device.ts';
import { embeddedModel } from '../model/load-prior.ts';
import { readModelConfig } from '../model/read-model-files.ts';
import { type CudaLibraries, cudaLibraries } from './cuda-libraries.ts';

/** What the embedded prior has shown of a device. */
export interface DeviceFinding {
  readonly device: Device;
  /** Why it cannot be used; null where it can. */
  readonly problem: string | null;
  /** What computes, as far as the system says. */
  readonly adapter: string | null;
  /** True where a program on the CPU stands for the device; null where that is not known. */
  readonly isSoftware: boolean | null;
  /** Where the nodes of the prior's graphs run; null of the CPU, and where they were not opened. */
  readonly nodes: PlacedNodes | null;
  /** The greatest difference of a log-probability from that on the CPU; null where there is none to compare. */
  readonly largestDifference: number | null;
  /** Whether float16 works within a graph; null where that was not tried. */
  readonly float16: boolean | null;
  /** What ONNX Runtime's part for CUDA needs; null of other devices, and where it is not installed. */
  readonly cuda: CudaLibraries | null;
}

/** The most that a device's log-probabilities may differ from the CPU's: TensorFloat-32 moves them by a tenth of this. */
const mostDifference = 0.05;

/** Tries each device, one after the other: what one device's driver does must not be blamed on another. */
export async function deviceFindings(): Promise<readonly DeviceFinding[]> {
  const config = await readModelConfig(embeddedModel);
  const model = join(embeddedModel, 'onnx/model.onnx');
  const findings: DeviceFinding[] = [];
  let onCpu: DeviceTrial | null = null;
  for (const device of ['cpu', 'cuda', 'webgpu'] as const) {
    const trial = await tryDevice({ ...config, device, model });
    onCpu ??= trial;
    findings.push(await findingOf(device, trial, onCpu));
  }
  return findings;
}

async function findingOf(
  device: Device,
  trial: DeviceTrial,
  onCpu: DeviceTrial,
): Promise<DeviceFinding> {
  const libraries = device === 'cuda' ? await cudaLibraries() : null;
  const cuda = libraries?.problem === null ? libraries : null;
  if (trial.failure !== null) {
    const problem = reasonOf(device, trial.failure, cuda);
    const unknown = { adapter: null, isSoftware: null, nodes: null, float16: null };
    return { device, problem, ...unknown, largestDifference: null, cuda };
  }
  const { adapter, isSoftware } = await adapterOf(device, trial.drivers);
  const largestDifference =
    device === 'cpu' || onCpu.failure !== null
      ? null
      : greatestDifference(trial.logprobs, onCpu.logprobs);
  const problem = numbersProblem(largestDifference) ?? placementProblem(device, trial.nodes);
  const nodes = device === 'cpu' ? null : trial.nodes;
  const float16 = trial.keepsHalf;
  return { device, problem, adapter, isSoftware, nodes, largestDifference, float16, cuda };
}

/** The greatest |a - b| of two lists; infinity where one is longer, or a number is none. */
export function greatestDifference(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return a.reduce((worst, value, i) => {
    const difference = Math.abs(value - (b[i] ?? Number.NaN));
    return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(worst, difference);
  }, 0);
}

/** Why numbers so far from the CPU's are not to be used, as a sentence; null where they may be. */
export function numbersProblem(largestDifference: number | null): string | null {
  if (largestDifference === null || largestDifference <= mostDifference) return null;
  return `its numbers are wrong: a log-probability differs by ${largestDifference.toPrecision(2)} from that on the CPU, where ${mostDifference} is allowed. Update its driver, or use --device cpu`;
}

function placementProblem(device: Device, { onDevice }: PlacedNodes): string | null {
  if (device === 'cpu' || onDevice > 0) return null;
  return 'ONNX Runtime leaves all of the graph to the CPU';
}

function reasonOf(device: Device, failure: string, cuda: CudaLibraries | null): string {
  // ONNX Runtime begins with the place in its source, and the condition there.
  const reason = failure
    .replaceAll(/\s+/gu, ' ')
    .replace(/^.* was false\. /u, '')
    .trim();
  if (device === 'webgpu') return `${reason}. ${deviceRemedies.webgpu}`;
  if (device === 'cpu') return reason;
  if (cuda === null) return `${reason}. ${installCuda}`;
  const missing = cuda.libraries.filter(({ path }) => path === null).map(({ name }) => name);
  return missing.length === 0 ? reason : `${reason}; missing: ${missing.join(', ')}`;
}

const installCuda =
  'ONNX Runtime\'s part for CUDA is not installed: run "node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install=cuda12"';

/** Drivers of Vulkan by their library's file name. */
const drivers: readonly (readonly [file: RegExp, name: string, isSoftware: boolean])[] = [
  [/vk_swiftshader/u, 'SwiftShader', true],
  [/vulkan_lvp/u, 'llvmpipe (lavapipe)', true],
  [/vulkan_radeon/u, 'AMD (RADV)', false],
  [/amdvlk/u, 'AMD (AMDVLK)', false],
  [/vulkan_intel/u, 'Intel (ANV)', false],
  [/vulkan_nouveau/u, 'NVIDIA (NVK)', false],
  [/GLX_nvidia|EGL_nvidia|nvidia/u, 'NVIDIA', false],
  [/vulkan_(?!\w*\.so\.1$)\w+/u, 'Vulkan', false],
];

/** What computes. Of several drivers that are loaded the one of a real GPU is taken, as Dawn does. */
async function adapterOf(
  device: Device,
  files: readonly string[],
): Promise<Pick<DeviceFinding, 'adapter' | 'isSoftware'>> {
  if (device === 'cpu') return { adapter: null, isSoftware: false };
  const loaded = drivers.filter(([file]) => files.some((name) => file.test(name)));
  const driver = loaded.find(([, , isSoftware]) => !isSoftware) ?? loaded[0];
  const isNvidia = device === 'cuda' || driver?.[1].startsWith('NVIDIA') === true;
  const models = isNvidia ? await nvidiaModels() : [];
  const name = [models.join(', '), driver?.[1]].find((each) => each !== undefined && each !== '');
  return { adapter: name ?? null, isSoftware: driver?.[2] ?? (device === 'cuda' ? false : null) };
}

/** The names of the cards that NVIDIA's driver knows. */
async function nvidiaModels(): Promise<readonly string[]> {
  const directory = '/proc/driver/nvidia/gpus';
  const cards = await readdir(directory).catch(() => []);
  const texts = await Promise.all(
    cards.map((card) => readFile(join(directory, card, 'information'), 'utf8').catch(() => '')),
  );
  return texts.flatMap((text) => /^Model:\s*(.+)$/mu.exec(text)?.[1]?.trim() ?? []);
}
