import { longestUnstated } from '../model/longest-window.ts';
import type { BatchingFinding, Diagnosis, PriorFinding } from '../tuning/diagnosis.ts';
import type { Estimate } from '../tuning/estimate.ts';
import type { Int8Facts, MachineFacts } from '../tuning/machine-facts.ts';
import {
  formatBytes,
  formatCount,
  formatCounted,
  formatSeconds,
  formatTokenRate,
} from './format-quantity.ts';
import { deviceLines, storageLines } from './render-devices.ts';

/** What `toedit doctor` found, for people: several lines, the last one without a line break. */
export function renderDiagnosis(diagnosis: Diagnosis): string {
  const { versions, machine, int8, storage, devices, prior, warnings, error } = diagnosis;
  const { batching, estimate } = diagnosis;
  return [
    `toedit ${versions.toedit}, Node ${versions.node}, onnxruntime-node ${versions.onnxruntime}`,
    ...section('machine', [...machineLines(machine), int8Line(int8)]),
    ...section('storage', storageLines(storage)),
    ...section('devices', devices.flatMap(deviceLines)),
    ...(prior === null ? [] : section('prior', priorLines(prior))),
    ...(batching === null ? [] : section('micro-batches', batchingLines(batching))),
    ...(estimate === null ? [] : section('time', estimateLines(estimate))),
    ...(warnings.length === 0 ? [] : section('warnings', warnings)),
    ...(error === null ? [] : section('the prior cannot be opened', [error.message])),
  ].join('\n');
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return ['', title, ...lines.map((line) => `  ${line}`)];
}

function machineLines({ platform, processor, cores, ...facts }: MachineFacts): readonly string[] {
  const { memoryBytes, instructionSets, hasRuntime } = facts;
  return [
    `${formatCounted(cores, 'core')} of ${processor}, ${formatBytes(memoryBytes)} of memory, ${platform}`,
    ...(hasRuntime ? [] : [`onnxruntime-node has no program for ${platform}: use another machine`]),
    ...(instructionSets === null ? [] : [`instruction sets: ${instructionSets.join(' ')}`]),
  ];
}

function int8Line({ hasDotProduct, speed }: Int8Facts): string {
  const measured = speed === null ? 'not measured' : `${speed.toFixed(1)} times as fast as float32`;
  return `int8 instructions: ${answers.get(hasDotProduct) ?? ''}; matrix products in int8: ${measured}`;
}

const answers: ReadonlyMap<boolean | null, string> = new Map([
  [true, 'yes'],
  [false, 'no'],
  [null, 'unknown'],
]);

function priorLines(prior: PriorFinding): readonly string[] {
  const { threads, engines, notSplit, vocabularySize, maxTokens } = prior;
  const pool = threads === 0 ? 'threads as ONNX Runtime chooses' : formatCounted(threads, 'thread');
  return [
    `${prior.name}, ${prior.modelFile}, ${prior.precision}, fingerprint ${prior.fingerprint.slice(0, 12)}`,
    `vocabulary ${formatCount(vocabularySize)}, ${maxTokens === longestUnstated ? 'no longest window stated' : `windows of ${formatCounted(maxTokens, 'token')} at most`}`,
    notSplit === null ? 'split into body and head' : `not split: ${notSplit}`,
    `${formatCounted(engines, 'engine')} on ${prior.device}, ${pool}`,
    ...(prior.largestDifference === null
      ? []
      : [
          `log-probabilities differ from the CPU's by ${prior.largestDifference.toPrecision(2)} at most`,
        ]),
  ];
}

function batchingLines(batching: BatchingFinding): readonly string[] {
  const { passes, maxBatchTokens, runTokens, file } = batching;
  return [
    ...passes.map(({ tokens, milliseconds, spread }) => {
      const size = `${formatCount(tokens).padStart(6)} tokens`;
      const time = `${milliseconds.toFixed(1)} ms`;
      const rate = formatTokenRate((1000 * tokens) / milliseconds);
      return `${size}  ${time.padStart(11)}  spread ${String(Math.round(100 * spread)).padStart(3)} %  ${rate}`;
    }),
    `chosen: --max-batch-tokens ${String(maxBatchTokens)}; a forward pass costs as much as ${formatCounted(runTokens, 'token')} more`,
    ...(file === null ? [] : [`remembered in ${file}`]),
  ];
}

function estimateLines({ tokensPerSecond, tokens, hours, price }: Estimate): readonly string[] {
  const rate = `${formatTokenRate(tokensPerSecond)} of short texts; long documents take up to 1.8 times as long`;
  if (tokens === null || hours === null) return [rate];
  const cost = price === null ? '' : `, at a price of ${price.toFixed(2)}`;
  return [rate, `${formatCounted(tokens, 'token')}: ${formatSeconds(3600 * hours)}${cost}`];
}
