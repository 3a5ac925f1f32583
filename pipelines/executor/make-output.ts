import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, ToeditError } from '../../src/errors.ts';
import type { FileRecord } from '../../src/metrics/recorder.ts';
import { addTotals, emptyTotals, type RunTotals } from '../../src/metrics/totals.ts';
import { type Journal, noteBegunRows, readBegunRows } from '../../src/run/journal/journal.ts';
import { openJournal } from '../../src/run/journal/open-journal.ts';
import { journalName, keptRecordPath, needsNoRecord } from '../../src/run/kept-records.ts';
import type { OutputReport } from '../../src/run/ledger/ledger.ts';
import type { Task } from '../../src/run/manifest/manifest.ts';
import type { RunPaths } from '../../src/run/run-paths.ts';
import { outputPath } from '../stages/output-path.ts';
import {
  endsRun,
  explainFailure,
  requirePlace,
  requireState,
  requireUnchanged,
} from './explain-failure.ts';
import { fillJournal } from './fill-journal.ts';
import { keepRecord } from './keep-record.ts';
import type { OpenedInput } from './open-texts.ts';
import type { RunContext } from './run-context.ts';
import { type FinishedOutput, writeOutput } from './write-output.ts';

/** What one output file is made of: an input file, or a member of an archive. */
export interface OutputFile {
  readonly task: Task;
  readonly input: OpenedInput;
  /** Size and modification time of the input file: rows of another state of it do not belong to the output. */
  readonly inputState: string;
}

/**
 * Brings an output file from wherever it stands to its end: rows that its journal does not hold are computed, then it is made
 * of the input and the journal's record.
 *
 * @returns what became of it, a failure of its own included; null where the run was stopped before its end.
 * @throws what stops the whole run (`endsRun`); the signal's reason.
 */
export async function makeOutput(
  file: OutputFile,
  context: RunContext,
): Promise<OutputReport | null> {
  const started = performance.now();
  const record = context.recorder.beginFile();
  const { paths, options } = context;
  try {
    await requirePlace(outputPath(file.input, { ...options, output: paths.output }));
    return await journalled(file, context, async (journal, name) => {
      if (!journal.isComplete) await compute(file, { journal, name, record }, context);
      if (!journal.isComplete) {
        record.leave(totalsOf(journal));
        return null;
      }
      const totals = totalsOf(journal);
      const computed = { name, record: journal, passed: totals.passed, edits: totals.edits };
      const finished = await writeOutput(file.input, computed, {
        ...context,
        ...{ command: context.manifest.command, run: context.manifest.id },
        requireInput: () => requireState(file.task, file.inputState),
      });
      const report = doneReport(file, { finished, journal, totals, started });
      await keep(report, computed, context);
      return report;
    });
  } catch (error) {
    options.signal?.throwIfAborted();
    if (await endsRun(error, paths)) throw error;
    const input = file.input.name;
    return failedOutput(input, await explainFailure(file.task, error, { input, paths }), started);
  } finally {
    record.end();
  }
}

async function journalled<T>(
  { task, input, inputState }: OutputFile,
  { manifest, paths, worker }: RunContext,
  work: (journal: Journal, name: string) => Promise<T>,
): Promise<T> {
  const name = journalName(task, input.name);
  const identity = `${manifest.id} ${name} ${inputState} ${recordLayout}`;
  await using journal = await openJournal(join(paths.journals, name), { identity, worker });
  return await work(journal, name);
}

/** What the rows of a journal are: those of an older layout are no record. */
const recordLayout = 'record 2';

async function keep(
  report: OutputReport,
  { name, record }: { readonly name: string; readonly record: Journal },
  { options, paths, worker, manifest }: RunContext,
): Promise<void> {
  const { ledger = false, report: hasEdits = false, signal } = options;
  const { command } = manifest;
  const { input, output } = report;
  if (!ledger || output === null) return;
  // One of an earlier attempt, on other content, must not be taken for this one's.
  if (needsNoRecord(report, { command, report: hasEdits })) {
    await rm(keptRecordPath(paths, name), { force: true });
    return;
  }
  const kept = { name, record, input, output, textColumn: columnsText(options) };
  await keepRecord(kept, { paths, worker, run: manifest.id, signal });
}

/** A column's name; of several texts their paths, as JSON. */
function columnsText({ textColumn = 'text' }: RunContext['options']): string {
  return typeof textColumn === 'string' ? textColumn : JSON.stringify(textColumn);
}

async function compute(
  { input, task }: OutputFile,
  { journal, name, record }: { journal: Journal; name: string; record: FileRecord },
  context: RunContext,
): Promise<void> {
  const { rows } = journal;
  const directory = join(context.paths.journals, name);
  const begunBefore = await readBegunRows(directory);
  record.resume({ rows, repeatedRows: Math.max(0, begunBefore - rows) });
  using begun = noteBegunRows(directory, { worker: context.worker, rows });
  await fillJournal(input, { journal, begun, record }, context);
  if (context.options.stop?.aborted === true && !journal.isComplete) return;
  await requireUnchanged(task);
  await journal.complete();
}

/** What was counted of the file, whichever processes computed its record batches. */
function totalsOf({ counts }: Journal): RunTotals {
  const totals = emptyTotals();
  for (const part of counts) addTotals(totals, part);
  return totals;
}

function doneReport(
  { input }: OutputFile,
  result: {
    readonly finished: FinishedOutput;
    readonly journal: Journal;
    readonly totals: RunTotals;
    readonly started: number;
  },
): OutputReport {
  const { output, deadLetters } = result.finished;
  return outputReport({
    input: input.name,
    output: output.path,
    status: 'done',
    rows: result.journal.rows,
    bytes: result.totals.textBytes,
    changed: result.totals.edits.changed,
    seconds: (performance.now() - result.started) / 1000,
    deadLetters: deadLetters?.rows ?? 0,
    deadLetterFile: deadLetters?.path ?? null,
    deadLetterSha256: deadLetters?.sha256 ?? null,
    ...(input.selection !== null && { writtenRows: output.rows }),
    sha256: output.sha256,
    totals: result.totals,
  });
}

/** A report of nothing, with the parts given in their place. */
function outputReport(
  parts: Pick<OutputReport, 'input' | 'status'> & Partial<OutputReport>,
): OutputReport {
  return {
    ...{ output: null, rows: 0, bytes: 0, changed: 0, seconds: 0 },
    ...{ deadLetters: 0, deadLetterFile: null, deadLetterSha256: null },
    ...{ sha256: null, totals: null },
    ...parts,
  };
}

/** The report of an output or a file that failed. `started` is the `performance.now()` of its beginning. */
export function failedOutput(input: string, error: unknown, started: number): OutputReport {
  const code = error instanceof ToeditError ? error.code : 'INTERNAL';
  const message = messageOf(error);
  const seconds = (performance.now() - started) / 1000;
  return outputReport({ input, status: 'failed', seconds, error: { code, message } });
}

/** The report of a file or member that was met and left out. */
export function skippedOutput(input: string, reason: string): OutputReport {
  return outputReport({ input, status: 'skipped', error: { code: 'SKIPPED', message: reason } });
}

/** Removes the journals of outputs that are done. A failed one keeps its own: what it holds need not be computed again. */
export async function dropJournals(
  task: Task,
  outputs: readonly OutputReport[],
  { journals }: RunPaths,
): Promise<void> {
  for (const { input, status } of outputs) {
    if (status !== 'done') continue;
    await rm(join(journals, journalName(task, input)), { recursive: true, force: true });
  }
}
