import { join } from 'node:path';
import type { Schema } from 'apache-arrow';
import { deadReasons, dropDeadLetters, takeDeadLetters } from '../../operators/dead-letters.ts';
import { writeArrow } from '../../operators/formats/write-arrow.ts';
import { spliceLines, writeJsonl } from '../../operators/formats/write-jsonl.ts';
import { writeParquet } from '../../operators/formats/write-parquet.ts';
import { rebatch } from '../../operators/rebatch.ts';
import { spreadFields } from '../../operators/spread-fields.ts';
import type { PassReason } from '../../src/columns.ts';
import { ToeditError } from '../../src/errors.ts';
import type { CommitOptions, WriteResult } from '../../src/files/commit-file.ts';
import { requireWithin } from '../../src/files/inside.ts';
import type { RunTotals } from '../../src/metrics/totals.ts';
import { compose, type Operator, runPipeline, type Sink, tap } from '../../src/operator.ts';
import type { Manifest } from '../../src/run/manifest/manifest.ts';
import type { RunPaths } from '../../src/run/run-paths.ts';
import { textSelection } from '../../src/texts/text-selection.ts';
import type { CorpusOptions, RunCorpusOptions } from '../stages/corpus-options.ts';
import { keepsScores } from '../stages/corpus-options.ts';
import { outputFormat, outputPath } from '../stages/output-path.ts';
import { scoreFileFacts } from '../stages/score-files.ts';
import { textColumnOf } from '../stages/text-rows.ts';
import { rowLimits, withRecord } from '../texts/with-record.ts';
import { checkOutput } from './check-output.ts';
import { withMetadata } from './keep-record.ts';
import { lineLimits } from './memory-bounds.ts';
import type { OpenedInput } from './open-texts.ts';
import {
  type HashedFile,
  type OutputRecord,
  type ParquetSplice,
  spliceOutput,
} from './splice-output.ts';

/** An output whose record is complete. */
export interface RecordedOutput {
  /** The name of its journal. */
  readonly name: string;
  readonly record: OutputRecord;
  /** Rows that pass unedited, by reason. */
  readonly passed: RunTotals['passed'];
  readonly edits: RunTotals['edits'];
}

/** How and where an output is written. */
export interface FinishContext {
  readonly command: Manifest['command'];
  /** The manifest's id. */
  readonly run: string;
  readonly options: RunCorpusOptions;
  readonly paths: Pick<RunPaths, 'output' | 'deadLetters' | 'parts'>;
  /** The name of this process among the run's workers. */
  readonly worker: string;
  /** Rejects where the input is not what it was: then nothing appears. */
  readonly requireInput?: (() => Promise<void>) | undefined;
}

/** What was written for one input. */
export interface FinishedOutput {
  readonly output: HashedFile;
  /** Null where no row was set aside. */
  readonly deadLetters: HashedFile | null;
}

/**
 * Writes an output file: the input, read once more, with its record applied; dead letters to a file of their own, all
 * other rows to the final file, each checked by reading it again before it appears. Doing it twice gives the same bytes.
 *
 * @throws ToeditError `WRITE_FAILED`, `ROWS_LOST`, `INPUT_CHANGED`; of reading; the signal's reason.
 */
export async function writeOutput(
  input: OpenedInput,
  recorded: RecordedOutput,
  context: FinishContext,
): Promise<FinishedOutput> {
  const { onBadRow = 'pass', report = false } = context.options;
  const path = outputPath(input, { ...context.options, output: context.paths.output });
  if (keepsScores(context.options)) {
    const output = await writeScores(input, { path, recorded }, context);
    return { output, deadLetters: null };
  }
  const dead = deadReasons(onBadRow);
  const isDead = (reason: PassReason | null): boolean => reason !== null && dead.includes(reason);
  const write = writer(input, recorded, context);
  await requireWithin(context.paths.output, path);
  let deadLetters: HashedFile | null = null;
  if (dead.some((reason) => recorded.passed[reason] > 0)) {
    const take = takeDeadLetters({ reasons: dead, input: input.name });
    const deadPath = join(context.paths.deadLetters, path.slice(context.paths.output.length));
    await requireWithin(context.paths.output, deadPath);
    deadLetters = await write(deadPath, {
      isKept: isDead,
      rows: take,
      columns: take,
      keepsLines: true,
    });
  }
  const drop = dropDeadLetters(dead);
  const output = await write(path, {
    isKept: (reason) => !isDead(reason),
    rows: compose(drop, rebatch(rowLimits(context.options))),
    columns: report || context.command === 'score' ? drop : null,
  });
  const rows = output.rows + (deadLetters?.rows ?? 0);
  if (input.selection === null && rows !== recorded.record.rows)
    throw rowsLost(input.name, rows, recorded.record.rows);
  return { output, deadLetters };
}

/** Writes a score file: the record itself, a row for each of the input's. */
async function writeScores(
  { relativePath }: OpenedInput,
  { path, recorded }: { readonly path: string; readonly recorded: RecordedOutput },
  { run, options, requireInput, ...context }: FinishContext,
): Promise<HashedFile> {
  const { signal } = options;
  const { record } = recorded;
  if (record.batches === undefined) throw new TypeError('a score file is made of its record');
  await requireWithin(context.paths.output, path);
  let schema: Schema | undefined;
  let sha256 = '';
  const result = await runPipeline({
    source: record.batches(),
    operator: compose(
      withMetadata(scoreFileFacts({ run, relativePath })),
      tap((batch) => {
        schema = batch.schema;
      }),
    ),
    sink: writeArrow(path, {
      overwrite: true,
      temporaryPath: temporaryPath(recorded, { ...context, run, options }),
      check: async (written) => {
        ({ sha256 } = await checkOutput(written, {
          rows: record.rows,
          schema,
          name: path,
          signal,
        }));
        await requireInput?.();
      },
    }),
    signal,
  });
  return { ...result, sha256 };
}

/** Which rows are written, and as what. */
interface Part extends Pick<ParquetSplice, 'isKept'> {
  /** Makes whole rows of those of the input with the record's columns. */
  readonly rows: Operator;
  /** Makes the columns to be added of the record's; null where none is. */
  readonly columns: Operator | null;
  /** Whether lines stay whole, in one column, whatever the others become. @defaultValue false */
  readonly keepsLines?: boolean | undefined;
}

type Write = (path: string, part: Part) => Promise<HashedFile>;

/** A Parquet file that stays one is spliced; of all others each row is written. */
function writer(input: OpenedInput, recorded: RecordedOutput, context: FinishContext): Write {
  const { name: file, format, path: inputPath, footer } = input;
  const isParquet = outputFormat(format.kind, context.options.format) === 'parquet';
  return isParquet && footer !== null && inputPath !== null
    ? splicing({ file, inputPath, footer }, recorded, context)
    : writing(input, recorded, context);
}

function temporaryPath({ name }: RecordedOutput, { paths, worker }: FinishContext): string {
  return join(paths.parts, `${name}-${worker}.part`);
}

function splicing(
  input: Pick<ParquetSplice, 'file' | 'inputPath' | 'footer'>,
  recorded: RecordedOutput,
  context: FinishContext,
): Write {
  const { report = false, onBadRow = 'pass', limit, signal } = context.options;
  const selection = textSelection(context.options);
  const textColumn = selection === null ? textColumnOf(context.options) : null;
  const texts = { textColumn, selection, dead: deadReasons(onBadRow) };
  return (path, { isKept, columns: added }) =>
    spliceOutput({
      ...{ ...input, ...texts, path, report, isKept, added, signal },
      temporaryPath: temporaryPath(recorded, context),
      record: recorded.record,
      limit: limit ?? Number.POSITIVE_INFINITY,
      requireInput: context.requireInput,
    });
}

function writing(input: OpenedInput, recorded: RecordedOutput, context: FinishContext): Write {
  const { options } = context;
  const format = outputFormat(input.format.kind, options.format);
  const isJsonl = format === 'jsonl';
  const { signal, maxTextBytes } = options;
  const { maxLineBytes } = lineLimits(format, maxTextBytes);
  return async (path, part) => {
    let rows = 0;
    let schema: Parameters<typeof checkOutput>[1]['schema'];
    let sha256 = '';
    const fields = part.keepsLines === true ? undefined : await input.fields?.();
    const result = await runPipeline({
      source: input.source,
      operator: compose(
        withRecord(input, recorded, options),
        part.rows,
        ...(fields === undefined ? [] : [spreadFields(fields)]),
        tap((batch) => {
          schema = batch.schema;
          rows += batch.numRows;
        }),
      ),
      sink: openOutput(input, options, {
        path,
        overwrite: true,
        temporaryPath: temporaryPath(recorded, context),
        check: async (written) => {
          const badLines = part.isKept('not_json') ? recorded.passed.not_json : 0;
          const reading = { maxLineBytes, maxTextBytes, signal };
          const expected = { rows, badLines, schema, isJsonl, name: path, ...reading };
          ({ sha256 } = await checkOutput(written, expected));
          await context.requireInput?.();
        },
      }),
      signal,
    });
    return { ...result, sha256 };
  };
}

function rowsLost(file: string, written: number, computed: number): ToeditError {
  const message = `${file}: ${String(computed)} rows were computed, but ${String(written)} written; please report it`;
  return new ToeditError('ROWS_LOST', message, { place: { file } });
}

/** What decides how an output is written. */
export type OutputLayout = Pick<OpenedInput, 'format' | 'parquet' | 'lines'>;

/** Where an output goes, and how it comes to stand there. */
export interface OutputPlace extends CommitOptions {
  readonly path: string;
}

/** The writer of an input's output: the input's format and compression, unless another format was asked for. */
export function openOutput(
  { format: { kind, compression }, parquet, lines }: OutputLayout,
  { format: asked, textColumn }: Pick<CorpusOptions, 'format' | 'textColumn'>,
  { path, ...commit }: OutputPlace,
): Sink<WriteResult> {
  const format = outputFormat(kind, asked);
  if (format === 'jsonl') {
    const own = kind === 'jsonl' ? compression : 'none';
    return writeJsonl(path, { ...commit, compression: own, textColumn, lines });
  }
  const write =
    format === 'arrow'
      ? writeArrow(path, { ...commit, format: kind === 'arrow-stream' ? 'stream' : 'file' })
      : writeParquet(path, { ...parquet, ...commit });
  // Lines of JSON that become a column are to hold the edited text, too.
  return kind === 'jsonl' ? (source, stage) => write(spliceLines()(source), stage) : write;
}
