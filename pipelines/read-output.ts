import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { RecordBatch, Schema } from 'apache-arrow';
import { columnOf } from '../src/arrow/column-of.ts';
import { sliceRecordBatch } from '../src/arrow/slice-record-batch.ts';
import { ToeditError } from '../src/errors.ts';
import { arrowToJson } from '../src/json/arrow-to-json.ts';
import type { UnitReport } from '../src/run/ledger/ledger-entry.ts';
import type { ProblemKind } from '../src/run/verify-report.ts';
import type { CorpusOptions } from './corpus-options.ts';
import { openInput } from './executor/open-input.ts';

/** An output that was read again. */
export interface ReadOutput {
  readonly schema: Schema;
  readonly rows: number;
  /** The rows that were asked for, by their place in the output, each a record batch of its own. */
  readonly picked: ReadonlyMap<number, RecordBatch>;
  /** Rows of the input that were set aside, ascending. */
  readonly deadRows: readonly number[];
}

/** What is wrong with an output by itself. */
export class OutputProblem extends Error {
  readonly kind: ProblemKind;

  constructor(kind: ProblemKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/**
 * Reads a finished unit's output and dead letters again, whole: checksum, every record batch, rows.
 *
 * @param sampled - rows of the input to pick from the output.
 * @throws OutputProblem where they are not what the unit's report says.
 */
export async function readOutput(
  unit: UnitReport,
  sampled: readonly number[],
  options: CorpusOptions,
): Promise<ReadOutput> {
  const { output, deadLetterFile, deadLetters, rows, sha256 } = unit;
  if (output === null) throw new OutputProblem('missing', 'no output was noted');
  if (sha256 !== null && (await hashOf(output)) !== sha256) {
    throw new OutputProblem('checksum', 'its bytes are not those that were written');
  }
  const dead = deadLetterFile === null ? [] : await deadRowsOf(deadLetterFile, options);
  if (dead.length !== deadLetters) {
    const message = `${deadLetterFile ?? 'no file'} holds ${dead.length} dead letters, not ${deadLetters}`;
    throw new OutputProblem('rows', message);
  }
  const places = sampled.filter((row) => !dead.includes(row)).map((row) => placeOf(row, dead));
  const read = await readAll(output, new Set(places), options);
  if (read.rows !== rows - deadLetters) {
    throw new OutputProblem('rows', `it holds ${read.rows} rows, not ${rows - deadLetters}`);
  }
  return { ...read, deadRows: dead };
}

/** Where a row of the input stands in the output. */
export function placeOf(row: number, deadRows: readonly number[]): number {
  return row - deadRows.filter((dead) => dead < row).length;
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
  } catch (error) {
    throw outputProblem(error);
  }
  return hash.digest('hex');
}

async function deadRowsOf(path: string, options: CorpusOptions): Promise<readonly number[]> {
  const rows: number[] = [];
  const name = 'dead_letter_row';
  for await (const batch of batchesOf(path, { ...options, keyColumn: name })) {
    const cell = arrowToJson(columnOf(batch, name).data);
    for (let row = 0; row < batch.numRows; row++) rows.push(Number(cell(row).replaceAll('"', '')));
  }
  return rows;
}

async function readAll(
  path: string,
  places: ReadonlySet<number>,
  options: CorpusOptions,
): Promise<Omit<ReadOutput, 'deadRows'>> {
  const picked = new Map<number, RecordBatch>();
  let rows = 0;
  let schema: Schema | undefined;
  for await (const batch of batchesOf(path, options)) {
    schema ??= batch.schema;
    for (const [place, row] of pickFrom(batch, rows, places)) picked.set(place, row);
    rows += batch.numRows;
  }
  if (schema === undefined) throw new OutputProblem('damaged', 'it holds no record batch');
  return { schema, rows, picked };
}

/** The rows of a record batch that are wanted, by their place in the file; the batch begins at `firstRow`. */
export function pickFrom(
  batch: RecordBatch,
  firstRow: number,
  places: ReadonlySet<number>,
): readonly (readonly [number, RecordBatch])[] {
  return [...places]
    .filter((place) => place >= firstRow && place < firstRow + batch.numRows)
    .map((place) => [place, sliceRecordBatch(batch, place - firstRow, place - firstRow + 1)]);
}

async function* batchesOf(path: string, options: CorpusOptions): AsyncGenerator<RecordBatch> {
  try {
    for await (const file of openInput({ path, relativePath: path }, options)) {
      if (file.status !== 'data') throw new OutputProblem('damaged', 'it is no data file');
      yield* file.source;
    }
  } catch (error) {
    throw outputProblem(error);
  }
}

function outputProblem(error: unknown): unknown {
  if (error instanceof OutputProblem) return error;
  const code = error instanceof ToeditError ? codeOf(error.cause) : codeOf(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return new OutputProblem('missing', 'it is gone');
  return error instanceof Error ? new OutputProblem('damaged', error.message) : error;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
