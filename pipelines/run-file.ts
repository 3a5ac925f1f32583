import { prefetch } from '../operators/prefetch.ts';
import type { MicroBatchReport } from '../operators/score-tokens.ts';
import { takeRows } from '../operators/take-rows.ts';
import { compose } from '../src/compose.ts';
import { ToeditError } from '../src/errors.ts';
import type { InputFile } from '../src/files/find-files.ts';
import type { WriteResult } from '../src/files/write-result.ts';
import type { Operator } from '../src/operator.ts';
import type { FileRecord, RunRecorder } from '../src/report/run-recorder.ts';
import type { FileReport } from '../src/report/run-summary.ts';
import type { RunTotals } from '../src/report/run-totals.ts';
import { clockOperator, clockSink, clockSource } from '../src/report/stage-clock.ts';
import { runPipeline } from '../src/run-pipeline.ts';
import type { CorpusOptions } from './corpus-options.ts';
import { countMicroBatch } from './count-micro-batch.ts';
import { type OpenedInput, openInput } from './open-input.ts';
import { openOutput } from './open-output.ts';
import { skippedReport } from './skipped-report.ts';

/** A named part of the walk; record batches are read ahead behind each stage. */
export interface Stage {
  readonly name: string;
  readonly operator: Operator;
}

/** What the files of a run share. */
export interface FileContext {
  readonly options: CorpusOptions;
  readonly recorder: RunRecorder;
  /** The stages between reading and writing one file, which count into its totals and tell of micro-batches. */
  readonly stages: (
    file: string,
    totals: RunTotals,
    onMicroBatch: (report: MicroBatchReport) => void,
  ) => readonly Stage[];
  /** Called after each micro-batch and record batch: rows of the file so far, and of the whole file if known. */
  readonly onRows: (file: string, rowsDone: number, rowsTotal: number | null) => void;
}

/**
 * Runs one input through the stages. A file gives one report, an archive one a member. A file that fails is a report,
 * not an error, and its output does not appear.
 *
 * @throws the signal's reason where the run was aborted.
 */
export async function runFile(input: InputFile, context: FileContext): Promise<FileReport[]> {
  const { signal } = context.options;
  const reports: FileReport[] = [];
  const started = performance.now();
  try {
    signal?.throwIfAborted();
    for await (const opened of openInput(input, context.options)) {
      if (opened.status === 'data') reports.push(await runOpened(opened, context));
      else if (opened.status === 'skipped') reports.push(skippedReport(opened.name, opened.reason));
      else reports.push(failedReport(opened.name, opened.error, started));
    }
  } catch (error) {
    signal?.throwIfAborted();
    reports.push(failedReport(input.path, error, started));
  }
  return reports;
}

async function runOpened(input: OpenedInput, context: FileContext): Promise<FileReport> {
  const { options, recorder } = context;
  const started = performance.now();
  const record = recorder.beginFile();
  try {
    const result = await walk(input, context, record);
    record.end(true);
    return {
      input: input.name,
      output: result.path,
      status: 'done',
      rows: result.rows,
      bytes: record.totals.textBytes,
      changed: record.totals.edits.changed,
      seconds: secondsSince(started),
    };
  } catch (error) {
    record.end(false);
    options.signal?.throwIfAborted();
    return failedReport(input.name, error, started);
  }
}

async function walk(
  input: OpenedInput,
  { options, recorder, stages, onRows }: FileContext,
  { totals }: FileRecord,
): Promise<WriteResult> {
  const seen = { read: 0, written: 0 };
  const source = clockSource(input.source, recorder.clock('read'));
  const rowsTotal = input.rows === null ? null : Math.min(input.rows, options.limit ?? input.rows);
  const tell = (): void => {
    onRows(input.name, seen.written, rowsTotal);
  };
  const count = countMicroBatch(totals);
  const onMicroBatch = (report: MicroBatchReport): void => {
    count(report);
    tell();
  };
  const clocked = stages(input.name, totals, onMicroBatch).flatMap(({ name, operator }) => [
    clockOperator(operator, recorder.clock(name)),
    prefetch(1),
  ]);
  const result = await runPipeline({
    source,
    operator: compose(
      ...(options.limit === undefined ? [] : [takeRows(options.limit)]),
      onEachBatch((rows) => {
        seen.read += rows;
      }),
      ...clocked,
      onEachBatch((rows) => {
        seen.written += rows;
        tell();
      }),
    ),
    sink: clockSink(openOutput(input, options), recorder.clock('write')),
    signal: options.signal,
  });
  if (seen.read !== result.rows) {
    const message = `${input.name}: ${String(seen.read)} rows were read, but ${String(result.rows)} written.`;
    throw new ToeditError('WRITE_FAILED', message, { place: { file: result.path } });
  }
  return result;
}

function onEachBatch(see: (rows: number) => void): Operator {
  return async function* onEachBatch(source) {
    for await (const batch of source) {
      see(batch.numRows);
      yield batch;
    }
  };
}

function failedReport(input: string, error: unknown, started: number): FileReport {
  const code = error instanceof ToeditError ? error.code : 'INTERNAL';
  const message = error instanceof Error ? error.message : String(error);
  return {
    input,
    output: null,
    status: 'failed',
    ...{ rows: 0, bytes: 0, changed: 0 },
    seconds: secondsSince(started),
    error: { code, message },
  };
}

function secondsSince(started: number): number {
  return (performance.now() - started) / 1000;
}
