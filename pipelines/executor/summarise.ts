import type { EnginePlaces } from '../../src/inference/engine-options.ts';
import type { PoolUse } from '../../src/inference/engine-pool.ts';
import type { RunRecorder } from '../../src/metrics/recorder.ts';
import type { FileReport, PriorReport, RunSummary } from '../../src/metrics/summary.ts';
import { addTotals, emptyTotals } from '../../src/metrics/totals.ts';
import { countTasks } from '../../src/run/ledger/count-tasks.ts';
import type { OutputReport } from '../../src/run/ledger/ledger.ts';
import type { LedgerReader } from '../../src/run/ledger/read-ledgers.ts';
import type { Manifest, Task } from '../../src/run/manifest/manifest.ts';
import type { RunOptions } from '../stages/corpus-options.ts';
import { skippedOutput } from './make-output.ts';
import { isTerminal } from './run-task.ts';

/** What {@link summarise} sums up. */
export interface EndedRun {
  readonly manifest: Manifest;
  readonly recorder: RunRecorder;
  /** Those of the shard. */
  readonly tasks: readonly Task[];
  readonly ledgers: LedgerReader;
  /** `model`: the prior's directory, where it is another than when the run was planned. */
  readonly options: Pick<RunOptions, 'stop'> & { readonly model?: string | undefined };
  readonly places: EnginePlaces;
  readonly inference: PoolUse;
}

/** The summary of a run: what became of its tasks, whichever processes did them, and what this process spent. */
export function summarise(run: EndedRun): RunSummary {
  const { manifest, recorder, options } = run;
  const tasks = run.tasks.toSorted((one, other) => one.index - other.index);
  const states = tasks.map(({ index }) => run.ledgers.stateOf(index));
  const outputs = states.flatMap((state) => state.outputs);
  const totals = emptyTotals();
  for (const report of outputs) if (report.totals !== null) addTotals(totals, report.totals);
  return recorder.finish({
    command: manifest.command,
    version: manifest.version,
    prior: priorOf(run),
    inference: run.inference,
    options: manifest.options,
    tasks: countTasks(states),
    interrupted: options.stop?.aborted === true && !states.every(isTerminal),
    files: [
      ...outputs.map(fileReport),
      ...manifest.skipped.map(({ path, reason }) => fileReport(skippedOutput(path, reason))),
    ],
    deadLetters: outputs.reduce((sum, { deadLetters }) => sum + deadLetters, 0),
    totals,
  });
}

function priorOf({ manifest: { prior }, options: { model }, places }: EndedRun): PriorReport {
  const [{ threads }] = places;
  const { name, path, hub, modelFile, precision, device } = prior;
  const { modelFingerprint, tokenizerFingerprint } = prior;
  return {
    ...{
      name,
      path: hub === undefined ? (model ?? path) : path,
      modelFile,
      precision,
      device,
      threads,
    },
    ...{ modelFingerprint, tokenizerFingerprint },
  };
}

/** What the summary says of an output file; the rest is the ledger's. */
function fileReport(report: OutputReport): FileReport {
  const { input, output, status, rows, bytes, changed, seconds, deadLetters, error } = report;
  const { deadLetterFile, writtenRows } = report;
  return {
    ...{ input, output, status, rows, bytes, changed, seconds },
    ...(deadLetters > 0 && { deadLetters, deadLetterFile }),
    ...(writtenRows !== undefined && { writtenRows }),
    ...(error !== undefined && { error }),
  };
}
