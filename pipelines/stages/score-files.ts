import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Binary, Bool, Field, makeData, RecordBatch, Schema, Struct } from 'apache-arrow';
import { readArrow } from '../../operators/formats/read-arrow.ts';
import { writeArrow } from '../../operators/formats/write-arrow.ts';
import { skipRows } from '../../operators/take-rows.ts';
import { columnOf } from '../../src/arrow/columns.ts';
import { joinTexts, textColumn, textData } from '../../src/arrow/text-column.ts';
import { corruptFile, fetchAgain, ToeditError } from '../../src/errors.ts';
import type { Source } from '../../src/operator.ts';
import { type TokenBytes, tokenBytesOf } from '../../src/text/token-bytes.ts';

/** What stands behind the whole name of an input in the name of its score file. */
export const scoreFileExtension = '.scores.arrow';

/** What a score file is of: in its schema's metadata. */
export interface ScoreFileOf {
  /** The id of the manifest of the run that made it. */
  readonly run: string;
  /** Where the input lies below the corpus, with `/` between names. */
  readonly relativePath: string;
}

/** A finished run that kept scores. */
export interface ScoredRun {
  /** Its output directory. */
  readonly directory: string;
  /** The id of its manifest. */
  readonly run: string;
}

const runKey = 'toedit:run';

/** The metadata of a score file's schema. */
export function scoreFileFacts({ run, relativePath }: ScoreFileOf): ReadonlyMap<string, string> {
  return new Map([
    ['toedit:scores', '1'],
    [runKey, run],
    ['toedit:input', relativePath],
  ]);
}

/**
 * The score file of an input, from a row on.
 *
 * @param relativePath - of the input, below the corpus
 * @throws ToeditError from the stream: `INPUT_NOT_FOUND` where it is missing; `FILE_CORRUPT` where it is damaged, or is of another run.
 */
export async function* readScores(
  { directory, run }: ScoredRun,
  { relativePath, firstRow }: { readonly relativePath: string; readonly firstRow: number },
): Source {
  const path = join(directory, `${relativePath}${scoreFileExtension}`);
  if ((await stat(path).catch(() => null)) === null) {
    const message = `${path} is missing: score the corpus again with the command that made ${directory}`;
    throw new ToeditError('INPUT_NOT_FOUND', message, { place: { file: path } });
  }
  yield* skipRows(firstRow)(readScoreFile(path, { run, relativePath }));
}

/**
 * The record batches of a score file.
 *
 * @throws ToeditError from the stream: `FILE_CORRUPT` where it is damaged, or is of another run or input.
 */
export async function* readScoreFile(path: string, { run, relativePath }: ScoreFileOf): Source {
  for await (const batch of readBatches(path)) {
    const { metadata } = batch.schema;
    const found = metadata.get(runKey);
    if (found !== run || metadata.get('toedit:input') !== relativePath) {
      const of = found === run ? 'of another input' : 'of another score run';
      const what = found === undefined ? 'no score file' : of;
      throw corruptFile({ file: path }, `: it is ${what}; ${scoreAgain}`);
    }
    yield batch;
  }
}

/** A file that only a score run can make again. */
async function* readBatches(path: string): Source {
  try {
    yield* readArrow(path);
  } catch (error) {
    if (!(error instanceof ToeditError && error.message.endsWith(fetchAgain))) throw error;
    const message = error.message.replace(fetchAgain, scoreAgain);
    throw new ToeditError(error.code, message, { place: error.place, cause: error.cause });
  }
}

const scoreAgain = 'score the corpus again';

const fields = [new Field('bytes', new Binary(), true), new Field('is_special', new Bool(), false)];

/** The bytes of a prior's tokens, and whose scores are of that prior. */
export interface RunVocabulary {
  /** The id of the manifest of the score run. */
  readonly run: string;
  readonly tokenBytes: TokenBytes;
}

/** Writes the bytes of a prior's tokens, a row an id, so that its scores can be resampled without it. */
export async function writeVocabulary(
  path: string,
  { run, tokenBytes }: RunVocabulary,
): Promise<void> {
  const ids = Array.from({ length: tokenBytes.size }, (_, id) => id);
  const special = new Uint8Array(Math.ceil(ids.length / 8));
  for (const id of ids) {
    if (tokenBytes.isSpecial(id)) special[id >> 3] = (special[id >> 3] ?? 0) | (1 << (id & 7));
  }
  const children = [
    textData(
      new Binary(),
      joinTexts(
        ids.map((id) => tokenBytes.bytes(id)),
        undefined,
      ),
    ),
    makeData({ type: new Bool(), data: special, length: ids.length, nullCount: 0 }),
  ];
  const data = makeData({ type: new Struct(fields), length: ids.length, nullCount: 0, children });
  const batch = new RecordBatch(new Schema(fields, new Map([[runKey, run]])), data);
  await writeArrow(path, { overwrite: true })([batch] as unknown as Source);
}

/**
 * Reads what {@link writeVocabulary} wrote.
 *
 * @param run - the id of the manifest of the score run
 * @throws ToeditError `INPUT_NOT_FOUND` where it is missing; `FILE_CORRUPT` where it is damaged, or is of another run.
 */
export async function readVocabulary(path: string, run: string): Promise<TokenBytes> {
  if ((await stat(path).catch(() => null)) === null) {
    const message = `${path} is missing: it is written by toedit score --candidates; ${scoreAgain}`;
    throw new ToeditError('INPUT_NOT_FOUND', message, { place: { file: path } });
  }
  const tokens: Uint8Array[] = [];
  const specialIds: number[] = [];
  for await (const batch of readBatches(path)) {
    if (batch.schema.metadata.get(runKey) !== run) {
      throw corruptFile({ file: path }, `: it is of another score run; ${scoreAgain}`);
    }
    const bytes = textColumn(batch, 'bytes');
    const special = columnOf(batch, 'is_special').data.values as Uint8Array;
    for (let row = 0; row < batch.numRows; row++) {
      if ((((special[row >> 3] ?? 0) >> (row & 7)) & 1) === 1) specialIds.push(tokens.length);
      tokens.push(bytes.bytes(row).slice());
    }
  }
  return tokenBytesOf(tokens, specialIds);
}
