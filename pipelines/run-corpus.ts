import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import pLimit from 'p-limit';
import type { InputFile } from '../src/files/find-files.ts';
import { listInputs } from '../src/files/list-inputs.ts';
import { resolveReading } from '../src/inference/resolve-scoring.ts';
import { loadPrior, type Prior } from '../src/model/load-prior.ts';
import { type RunRecorder, runRecorder } from '../src/report/run-recorder.ts';
import type { FileReport, PriorReport, RunSummary } from '../src/report/run-summary.ts';
import { version } from '../src/version.ts';
import { checkCorpusOptions } from './check-corpus-options.ts';
import type { CorpusOptions } from './corpus-options.ts';
import { refuseExistingOutputs } from './refuse-existing-outputs.ts';
import { type FileContext, runFile } from './run-file.ts';
import { skippedReport } from './skipped-report.ts';

/** What tells one command from another. */
export interface CorpusCommand {
  readonly name: RunSummary['command'];
  /** The options in force, for the summary. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The stages between reading and writing. */
  stages(prior: Prior, recorder: RunRecorder): FileContext['stages'];
}

/** Runs a command over all inputs: lists them, opens the prior, works on a few files at once, and sums up. */
export async function runCorpus(
  command: CorpusCommand,
  options: CorpusOptions,
): Promise<RunSummary> {
  checkCorpusOptions(options);
  const { inputs, skipped } = await listInputs(options.inputs, { output: options.output });
  await refuseExistingOutputs(inputs, options);
  await using prior = await loadPrior(options.model ?? embeddedModel, options);
  resolveReading(prior, options);
  const recorder = runRecorder();
  const stages = command.stages(prior, recorder);
  const files = await runFiles(inputs, { options, recorder, stages });
  return recorder.finish({
    command: command.name,
    version,
    prior: describePrior(prior),
    options: command.options,
    files: [...files, ...skipped.map(({ path, reason }) => skippedReport(path, reason))],
  });
}

const embeddedModel = fileURLToPath(new URL('../../models/tiny', import.meta.url));

const defaultFilesInFlight = 2;

async function runFiles(
  inputs: readonly InputFile[],
  context: Omit<FileContext, 'onRows'>,
): Promise<FileReport[]> {
  const { signal, filesInFlight = defaultFilesInFlight } = context.options;
  const limit = pLimit(filesInFlight);
  const progress = await progressOf(inputs, context);
  const running = inputs.map((input, index) =>
    limit(async () => {
      const reports = await runFile(input, { ...context, onRows: progress.onRows(index) });
      progress.onFileEnd(index);
      return reports;
    }),
  );
  const ended = await Promise.allSettled(running);
  signal?.throwIfAborted();
  return ended.flatMap((file) => {
    if (file.status === 'rejected') throw file.reason;
    return file.value;
  });
}

interface ProgressReporter {
  onRows(index: number): FileContext['onRows'];
  onFileEnd(index: number): void;
}

/** Progress by bytes of input: files are of different kinds, and only some tell their rows. */
async function progressOf(
  inputs: readonly InputFile[],
  { options, recorder }: Omit<FileContext, 'onRows'>,
): Promise<ProgressReporter> {
  const sizes = await Promise.all(inputs.map(({ path }) => sizeOf(path)));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const shares = new Array<number>(inputs.length).fill(0);
  return {
    onRows: (fileIndex) => (file, rowsDone, rowsTotal) => {
      shares[fileIndex] = rowsTotal === null ? 0 : rowsDone / Math.max(1, rowsTotal);
      const done = shares.reduce((sum, share, i) => sum + share * (sizes[i] ?? 0), 0);
      const place = { file, fileIndex, fileCount: inputs.length, rowsDone, rowsTotal };
      options.onProgress?.(recorder.progress(place, total === 0 ? null : done / total));
    },
    onFileEnd(index) {
      shares[index] = 1;
    },
  };
}

async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => null);
  return found?.size ?? 0;
}

function describePrior(prior: Prior): PriorReport {
  const { name, directory: path, modelFile, device, threads, fingerprint } = prior;
  return { name, path, modelFile, device, threads, fingerprint };
}
