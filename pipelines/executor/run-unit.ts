import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isFatal } from '../../src/errors.ts';
import type { FileRecord } from '../../src/metrics/recorder.ts';
import { addTotals, emptyTotals, type RunTotals } from '../../src/metrics/totals.ts';
import { noteBegunRows, readBegunRows } from '../../src/run/journal/begun-rows.ts';
import type { Journal } from '../../src/run/journal/journal.ts';
import { openJournal } from '../../src/run/journal/open-journal.ts';
import type { UnitReport } from '../../src/run/ledger/ledger-entry.ts';
import type { Task } from '../../src/run/manifest/manifest.ts';
import { computeUnit } from './compute-unit.ts';
import { type FinishedUnit, finishUnit } from './finish-unit.ts';
import { keepRecord, keptRecordPath, needsNoRecord } from './keep-record.ts';
import type { OpenedInput } from './open-input.ts';
import { blameInput, requireState, requireUnchanged } from './require-unchanged.ts';
import type { RunContext } from './run-context.ts';
import { journalName } from './unit-journals.ts';
import { failedUnit, unitReport } from './unit-reports.ts';

/** A part of a task that has one output: the file itself, or a member of the archive. */
export interface Unit {
  readonly task: Task;
  readonly input: OpenedInput;
  /** Size and modification time of the input file: rows of another state of it do not belong to the unit. */
  readonly inputState: string;
}

/**
 * Brings a unit from wherever it stands to its end: rows that its journal does not hold are computed, then its output is
 * made of the input and the journal's record.
 *
 * @returns what became of it, a failure of its own included; null where the run was stopped before its end.
 * @throws what stops the whole run (`isFatal`); the signal's reason.
 */
export async function runUnit(unit: Unit, context: RunContext): Promise<UnitReport | null> {
  const started = performance.now();
  const record = context.recorder.beginFile();
  try {
    return await journalled(unit, context, async (journal, name) => {
      if (!journal.isComplete) await compute(unit, { journal, name, record }, context);
      if (!journal.isComplete) return null;
      const totals = totalsOf(journal);
      const computed = { name, record: journal, passed: totals.passed };
      const finished = await finishUnit(unit.input, computed, {
        ...context,
        command: context.manifest.command,
        requireInput: () => requireState(unit.task, unit.inputState),
      });
      const report = doneReport(unit, { finished, journal, totals, started });
      await keep(report, computed, context);
      return report;
    });
  } catch (error) {
    context.options.signal?.throwIfAborted();
    if (isFatal(error)) throw error;
    return failedUnit(unit.input.name, await blameInput(unit.task, error), started);
  } finally {
    record.end();
  }
}

async function journalled<T>(
  { task, input, inputState }: Unit,
  { manifest, paths, worker }: RunContext,
  work: (journal: Journal, name: string) => Promise<T>,
): Promise<T> {
  const name = journalName(task, input.name);
  const identity = `${manifest.id} ${name} ${inputState} ${recordLayout}`;
  await using journal = await openJournal(join(paths.journals, name), { identity, worker });
  return await work(journal, name);
}

/** What the rows of a journal are: those of an older layout are no record. */
const recordLayout = 'record 1';

async function keep(
  report: UnitReport,
  { name, record }: { readonly name: string; readonly record: Journal },
  { options, paths, worker, manifest }: RunContext,
): Promise<void> {
  const { ledger = false, report: hasEdits = false, textColumn = 'text', signal } = options;
  const { command } = manifest;
  const { input, output } = report;
  if (!ledger || output === null) return;
  // One of an earlier attempt, on other content, must not be taken for this one's.
  if (needsNoRecord(report, { command, report: hasEdits })) {
    await rm(keptRecordPath(paths, name), { force: true });
    return;
  }
  const kept = { name, record, input, output, textColumn };
  await keepRecord(kept, { paths, worker, run: manifest.id, signal });
}

async function compute(
  { input, task }: Unit,
  { journal, name, record }: { journal: Journal; name: string; record: FileRecord },
  context: RunContext,
): Promise<void> {
  const { rows } = journal;
  const directory = join(context.paths.journals, name);
  const begunBefore = await readBegunRows(directory);
  record.resume({ rows, repeatedRows: Math.max(0, begunBefore - rows) });
  using begun = noteBegunRows(directory, { worker: context.worker, rows });
  await computeUnit(input, { journal, begun, record }, context);
  if (context.options.stop?.aborted === true && !journal.isComplete) return;
  await requireUnchanged(task);
  await journal.complete();
}

/** What the unit has counted, whichever processes computed its record batches. */
function totalsOf({ counts }: Journal): RunTotals {
  const totals = emptyTotals();
  for (const part of counts) addTotals(totals, part);
  return totals;
}

function doneReport(
  { input }: Unit,
  result: {
    readonly finished: FinishedUnit;
    readonly journal: Journal;
    readonly totals: RunTotals;
    readonly started: number;
  },
): UnitReport {
  const { output, deadLetters } = result.finished;
  return unitReport({
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
    sha256: output.sha256,
    totals: result.totals,
  });
}
