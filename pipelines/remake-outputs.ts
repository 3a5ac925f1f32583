import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readArrow } from '../operators/read-arrow.ts';
import { writeFailed } from '../src/files/write-failed.ts';
import { emptyTotals } from '../src/metrics/totals.ts';
import type { UnitReport } from '../src/run/ledger/ledger-entry.ts';
import type { Manifest, Task } from '../src/run/manifest/manifest.ts';
import type { RunPaths } from '../src/run/run-paths.ts';
import type { EditCorpusOptions } from './corpus-options.ts';
import { type FinishedUnit, finishUnit } from './executor/finish-unit.ts';
import { keptRecordPath, needsNoRecord } from './executor/keep-record.ts';
import { openInput } from './executor/open-input.ts';
import { outputPath } from './executor/output-path.ts';
import type { UnitRecord } from './executor/splice-unit.ts';
import { journalName } from './executor/unit-journals.ts';

/** What outputs are made from once more. */
export interface FinishedRun {
  readonly manifest: Manifest;
  readonly paths: RunPaths;
  readonly options: EditCorpusOptions;
}

/** An output that was made once more, and was removed again; `made` is undefined where no record was kept of it. */
export interface RemadeOutput {
  readonly unit: UnitReport;
  readonly made: FinishedUnit | undefined;
}

/**
 * Makes the outputs of a task once more, one at a time, in the system's temporary directory: the inputs are read, and what
 * the run kept of its edits is applied. Every byte must come out as it did.
 *
 * @param units - those that are done, by the path of their output.
 * @throws ToeditError of reading the input or the record; `WRITE_FAILED`; the signal's reason.
 */
export async function* remakeOutputs(
  task: Task,
  units: ReadonlyMap<string, UnitReport>,
  run: FinishedRun,
): AsyncGenerator<RemadeOutput> {
  const directory = await mkdtemp(join(tmpdir(), 'toedit-verify-')).catch((error: unknown) => {
    throw writeFailed(tmpdir(), error);
  });
  try {
    await mkdir(pathsBelow(directory).parts);
    for await (const input of openInput(task, run.options)) {
      if (input.status !== 'data') continue;
      const unit = units.get(outputPath(input, { ...run.options, output: run.paths.output }));
      if (unit === undefined) continue;
      const name = journalName(task, input.name);
      const record = await recordOf(unit, name, run);
      if (record === undefined) yield { unit, made: undefined };
      if (record === undefined) continue;
      const computed = { name, record, passed: (unit.totals ?? emptyTotals()).passed };
      const made = await finishUnit(input, computed, {
        command: run.manifest.command,
        options: { ...run.options, output: directory },
        paths: pathsBelow(directory),
        worker: 'verify',
      });
      yield { unit, made };
      await rm(made.output.path);
      if (made.deadLetters !== null) await rm(made.deadLetters.path);
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Undefined where none was kept. */
async function recordOf(
  unit: UnitReport,
  name: string,
  { manifest, paths, options }: FinishedRun,
): Promise<UnitRecord | undefined> {
  const { rows } = unit;
  const { command } = manifest;
  if (needsNoRecord(unit, { command, report: options.report === true })) return { rows };
  const path = keptRecordPath(paths, name);
  if ((await stat(path).catch(() => null)) === null) return undefined;
  return { rows, batches: () => readArrow(path) };
}

function pathsBelow(directory: string) {
  return {
    output: directory,
    deadLetters: join(directory, '.dead-letters'),
    parts: join(directory, '.parts'),
  };
}
