import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isFatal, ToeditError } from '../../src/errors.ts';
import type { FileRecord } from '../../src/metrics/recorder.ts';
import { addTotals, emptyTotals, type RunTotals } from '../../src/metrics/totals.ts';
import { type Journal, noteBegunRows, readBegunRows } from '../../src/run/journal/journal.ts';
import { openJournal } from '../../src/run/journal/open-journal.ts';
import type { UnitReport } from '../../src/run/ledger/ledger.ts';
import type { Task } from '../../src/run/manifest/manifest.ts';
import type { RunPaths } from '../../src/run/run-paths.ts';
import { blameInput, requireState, requireUnchanged } from './explain-failure.ts';
import { computeUnit } from './fill-journal.ts';
import { keepRecord, keptRecordPath, needsNoRecord } from './keep-record.ts';
import type { OpenedInput } from './open-input.ts';
import type { RunContext } from './run-context.ts';
import { type FinishedUnit, finishUnit } from './write-output.ts';

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

/** A report of nothing, with the parts given in their place. */
function unitReport(parts: Pick<UnitReport, 'input' | 'status'> & Partial<UnitReport>): UnitReport {
  return {
    ...{ output: null, rows: 0, bytes: 0, changed: 0, seconds: 0 },
    ...{ deadLetters: 0, deadLetterFile: null, deadLetterSha256: null },
    ...{ sha256: null, totals: null },
    ...parts,
  };
}

/** The report of a unit or file that failed. `started` is the `performance.now()` of its beginning. */
export function failedUnit(input: string, error: unknown, started: number): UnitReport {
  const code = error instanceof ToeditError ? error.code : 'INTERNAL';
  const message = error instanceof Error ? error.message : String(error);
  const seconds = (performance.now() - started) / 1000;
  return unitReport({ input, status: 'failed', seconds, error: { code, message } });
}

/** The report of a file or member that was met and left out. */
export function skippedUnit(input: string, reason: string): UnitReport {
  return unitReport({ input, status: 'skipped', error: { code: 'SKIPPED', message: reason } });
}

/**
 * The name of a unit's journal: the task's number and, for the members of an archive, a hash of the member's name. It does not
 * depend on where the corpus lies.
 */
export function journalName({ index, path }: Task, unit: string): string {
  const number = String(index).padStart(7, '0');
  if (unit === path) return number;
  const member = unit.startsWith(`${path}/`) ? unit.slice(path.length + 1) : unit;
  return `${number}-${createHash('sha256').update(member).digest('hex').slice(0, 16)}`;
}

/** Removes the journals of units that are done. A failed unit keeps its own: what it holds need not be computed again. */
export async function dropJournals(
  task: Task,
  units: readonly UnitReport[],
  { journals }: RunPaths,
): Promise<void> {
  for (const { input, status } of units) {
    if (status !== 'done') continue;
    await rm(join(journals, journalName(task, input)), { recursive: true, force: true });
  }
}
