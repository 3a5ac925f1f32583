import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readArrow } from '../../operators/formats/read-arrow.ts';
import { joinScores } from '../../operators/join-scores.ts';
import { takeRows } from '../../operators/take-rows.ts';
import { writeFailed } from '../../src/files/write-bytes.ts';
import { emptyTotals } from '../../src/metrics/totals.ts';
import { compose, runPipeline } from '../../src/operator.ts';
import { rowsLost } from '../../src/record/read-record.ts';
import { journalName, keptRecordPath, needsNoRecord } from '../../src/run/kept-records.ts';
import type { OutputReport } from '../../src/run/ledger/ledger.ts';
import type { Manifest, Task } from '../../src/run/manifest/manifest.ts';
import { type RunPaths } from '../../src/run/run-paths.ts';
import { keepsScores, type RunCorpusOptions } from '../stages/corpus-options.ts';
import { outputPath } from '../stages/output-path.ts';
import { readScoreFile } from '../stages/score-files.ts';
import { textColumnOf } from '../stages/text-rows.ts';
import { openInput } from './open-input.ts';
import type { OpenedInput } from './open-texts.ts';
import type { OutputRecord } from './splice-output.ts';
import { type FinishedOutput, writeOutput } from './write-output.ts';

/** What outputs are made from once more. */
export interface FinishedRun {
  readonly manifest: Manifest;
  readonly paths: RunPaths;
  readonly options: RunCorpusOptions;
}

/** An output that was made once more, and was removed again; `made` is undefined where no record was kept of it. */
export interface RemadeOutput {
  readonly report: OutputReport;
  readonly made: FinishedOutput | undefined;
}

/**
 * Makes the outputs of a task once more, one at a time, in the system's temporary directory: the inputs are read, and what
 * the run kept of its edits is applied. Every byte must come out as it did.
 *
 * @param outputs - those that are done, by the path of their output.
 * @throws ToeditError of reading the input or the record; `WRITE_FAILED`; the signal's reason.
 */
export async function* remakeOutputs(
  task: Task,
  outputs: ReadonlyMap<string, OutputReport>,
  run: FinishedRun,
): AsyncGenerator<RemadeOutput> {
  const directory = await mkdtemp(join(tmpdir(), 'toedit-verify-')).catch((error: unknown) => {
    throw writeFailed(tmpdir(), error);
  });
  try {
    await mkdir(pathsBelow(directory).parts);
    for await (const input of openInput(task, run.options)) {
      if (input.status !== 'data') continue;
      const report = outputs.get(outputPath(input, { ...run.options, output: run.paths.output }));
      if (report === undefined) continue;
      if (keepsScores(run.options)) {
        yield { report, made: await checkScores(input, report, run) };
        continue;
      }
      const name = journalName(task, input.name);
      const record = await recordOf(report, name, run);
      if (record === undefined) yield { report, made: undefined };
      if (record === undefined) continue;
      const { passed, edits } = report.totals ?? emptyTotals();
      const computed = { name, record, passed, edits };
      const made = await writeOutput(input, computed, {
        ...{ command: run.manifest.command, run: run.manifest.id },
        options: { ...run.options, output: directory },
        paths: pathsBelow(directory),
        worker: 'verify',
      });
      yield { report, made };
      await rm(made.output.path);
      if (made.deadLetters !== null) await rm(made.deadLetters.path);
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Compares the text of every row with the hash that a score file has of it; each file holds what the run computed, and no more. */
async function checkScores(
  input: OpenedInput,
  { output, sha256, rows }: OutputReport,
  { options, manifest }: FinishedRun,
): Promise<FinishedOutput> {
  const limit = input.selection === null ? options.limit : undefined;
  const path = output ?? '';
  const file = input.name;
  await runPipeline({
    source: input.textsFrom(0),
    operator: compose(
      ...(limit === undefined ? [] : [takeRows(limit)]),
      joinScores(readScoreFile(path, { run: manifest.id, relativePath: input.relativePath }), {
        file,
        textColumn: textColumnOf(options),
      }),
    ),
    sink: async (batches) => {
      let seen = 0;
      for await (const { numRows } of batches) seen += numRows;
      if (seen !== rows) throw rowsLost(file, rows);
    },
    signal: options.signal,
  });
  const { size: bytes } = await stat(path);
  return { output: { path, rows, bytes, sha256: sha256 ?? '' }, deadLetters: null };
}

/** Undefined where none was kept. */
async function recordOf(
  report: OutputReport,
  name: string,
  { manifest, paths, options }: FinishedRun,
): Promise<OutputRecord | undefined> {
  const { rows } = report;
  const { command } = manifest;
  if (needsNoRecord(report, { command, report: options.report === true })) return { rows };
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
