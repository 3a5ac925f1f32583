import { stat } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { deadReasons } from '../../operators/dead-letters.ts';
import { readArrow } from '../../operators/formats/read-arrow.ts';
import type { PassReason } from '../../src/columns.ts';
import { corruptFile, ToeditError } from '../../src/errors.ts';
import type { Source } from '../../src/operator.ts';
import { badOption } from '../../src/options.ts';
import { journalName, keptRecordPath, needsNoRecord } from '../../src/run/kept-records.ts';
import { type TaskState, untouchedTask } from '../../src/run/ledger/fold-ledger.ts';
import type { OutputReport } from '../../src/run/ledger/ledger.ts';
import { readLedgers } from '../../src/run/ledger/read-ledgers.ts';
import type { Manifest, Task } from '../../src/run/manifest/manifest.ts';
import { readManifest } from '../../src/run/manifest/read-manifest.ts';
import { type RunPaths, runPaths, statePaths } from '../../src/run/run-paths.ts';
import { optionsOfManifest } from './corpus-options.ts';
import { textColumnOf } from './text-rows.ts';

/** An output file of a run that edits, and the record of its edits. */
export interface EditedOutput {
  /** Below the output directory, with `/` between names. */
  readonly relativePath: string;
  readonly report: OutputReport & { readonly output: string };
  readonly task: Task;
  /** Where its record is kept; null where none is, since nothing was edited or set aside. */
  readonly record: string | null;
}

/** A run that edits, as far as it has come. */
export interface EditedRun {
  readonly manifest: Manifest;
  readonly paths: RunPaths;
  /** The column of the texts; where each has a row of its own, the column that it has there. */
  readonly textColumn: string;
  /** Rows that pass for these reasons are not in the outputs. */
  readonly setAside: readonly PassReason[];
  /** Those that are done, in the order of the tasks. */
  readonly outputs: readonly EditedOutput[];
  /** What failed. */
  readonly failed: readonly OutputReport[];
}

/**
 * Reads what a run of `edit`, `resample` or `revert` has left in its output directory.
 *
 * @param needsEnd - refuse a run that is still to be continued.
 * @throws ToeditError `MANIFEST_MISSING`; `BAD_OPTION` where it is a run of another kind, or kept no record; `MANIFEST_CONFLICT` where
 *   it is not at its end.
 */
export async function readEditedRun(
  directory: string,
  { needsEnd = false }: { readonly needsEnd?: boolean } = {},
): Promise<EditedRun> {
  const manifest = await readManifest(statePaths(directory).manifest);
  const options = optionsOfManifest(manifest);
  const { ledger, onBadRow = 'pass' } = options;
  const problem = whyNoEdits(manifest, ledger);
  if (problem !== undefined) throw badOption('edited', directory, problem);
  const paths = runPaths(directory, manifest.name);
  const states = await readLedgers(paths);
  const stateOf = ({ index }: Task): TaskState => states.get(index) ?? untouchedTask;
  if (needsEnd) requireEnd(directory, manifest.tasks.map(stateOf));
  const reports = manifest.tasks.flatMap((task) => stateOf(task).outputs);
  return {
    ...{ manifest, paths, textColumn: textColumnOf(options) },
    setAside: deadReasons(onBadRow),
    outputs: manifest.tasks.flatMap((task) => outputsOf(task, stateOf(task), { manifest, paths })),
    failed: reports.filter(({ status }) => status === 'failed'),
  };
}

function whyNoEdits({ command }: Manifest, ledger: boolean | undefined): string | undefined {
  if (command === 'score') return 'it holds scores; name the output of toedit edit or resample';
  return ledger === false
    ? 'it kept no record of its edits (--no-ledger); edit the corpus again without that'
    : undefined;
}

function requireEnd(directory: string, states: readonly TaskState[]): void {
  const open = states.filter(({ status }) => !['done', 'failed'].includes(status)).length;
  if (open === 0) return;
  const what = `${String(open)} of ${String(states.length)} files in ${directory} are not edited yet`;
  throw new ToeditError('MANIFEST_CONFLICT', `${what}: run the command that edits them again`, {
    place: { file: directory },
  });
}

function outputsOf(
  task: Task,
  { outputs }: TaskState,
  { manifest, paths }: Pick<EditedRun, 'manifest' | 'paths'>,
): readonly EditedOutput[] {
  const { command } = manifest;
  const { report: hasEdits } = optionsOfManifest(manifest);
  return outputs.flatMap((report) => {
    const { output, status, input } = report;
    if (status !== 'done' || output === null) return [];
    const needsNone = needsNoRecord(report, { command, report: hasEdits === true });
    const record = needsNone ? null : keptRecordPath(paths, journalName(task, input));
    const relativePath = relative(paths.output, output).split(sep).join('/');
    return [{ relativePath, report: { ...report, output }, task, record }];
  });
}

/**
 * The record of an output file, of all rows of its input.
 *
 * @throws ToeditError from the stream: `FILE_UNREADABLE` where it is missing; `FILE_CORRUPT` where it is damaged, or is of another run
 *   or output.
 */
export async function* readKeptRecord(
  path: string,
  { manifest, relativePath }: Pick<EditedRun, 'manifest'> & Pick<EditedOutput, 'relativePath'>,
): Source {
  if ((await stat(path).catch(() => null)) === null) {
    const message = `${path} is missing: it holds what was edited in ${relativePath}; put it back, or edit the corpus again from its source`;
    throw new ToeditError('FILE_UNREADABLE', message, { place: { file: path } });
  }
  for await (const batch of readArrow(path)) {
    const { metadata } = batch.schema;
    const isOwn = metadata.get('toedit:run') === manifest.id;
    if (!isOwn || metadata.get('toedit:output')?.split(sep).join('/') !== relativePath) {
      const of = isOwn ? 'of another output' : 'of another run';
      throw corruptFile({ file: path }, `: it is the record ${of}; put back the one of this run`);
    }
    yield batch;
  }
}
