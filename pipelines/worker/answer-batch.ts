import { Readable } from 'node:stream';
import type { RecordBatch } from 'apache-arrow';
import { applyRecord } from '../../operators/apply-record.ts';
import { applyTextRecord } from '../../operators/apply-text-record.ts';
import { deadReasons, dropDeadLetters } from '../../operators/dead-letters.ts';
import { prefetch } from '../../operators/prefetch.ts';
import { batchOfColumns, columnOf, requireAbsent } from '../../src/arrow/columns.ts';
import { passReasonsOf } from '../../src/arrow/pass-reasons.ts';
import { columnNames } from '../../src/columns.ts';
import { ToeditError } from '../../src/errors.ts';
import { jsonLinesLayout } from '../../src/json/json-lines-layout.ts';
import { addMicroBatch, emptyTotals, type RunTotals } from '../../src/metrics/totals.ts';
import { compose, type Source, tap } from '../../src/operator.ts';
import { rowTexts, textRowsOf } from '../../src/texts/row-texts.ts';
import type { OnPath } from '../../src/texts/text-path.ts';
import { textSelection } from '../../src/texts/text-selection.ts';
import type { RunCorpusOptions } from '../stages/corpus-options.ts';
import {
  type StageContext,
  type StageEngines,
  type StagesOf,
  stagesOf,
} from '../stages/corpus-stages.ts';
import { ofOneText, requireScoresPlace, textColumnOf } from '../stages/text-rows.ts';

/** A record batch that was worked on: as many rows, in their order, and what was counted. */
export interface Answer {
  readonly batch: RecordBatch;
  readonly totals: RunTotals;
}

/** Whose rows are worked on. */
export interface Question {
  /** What errors call them. */
  readonly name: string;
  /** What errors count the rows from. @defaultValue 0 */
  readonly firstRow?: number | undefined;
  /** Called with where each path to texts leads in each row. */
  readonly onPath?: OnPath | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Edits or scores one record batch. */
export type AnswerBatch = (batch: RecordBatch, question: Question) => Promise<Answer>;

/**
 * What makes of one record batch what a run of these options makes of a file of its rows: the same stages, and the same record
 * applied to the same rows.
 *
 * It rejects with a ToeditError: `COLUMN_MISSING`, `COLUMN_TYPE`, `COLUMN_EXISTS`, `TYPE_LOST`, of the stages; `BAD_ROW` where
 * a row cannot be edited and `onBadRow` is `fail`, or where the tokenizer or the prior fails on one.
 */
export function answerBatches(
  command: 'edit' | 'score',
  options: RunCorpusOptions,
  engines: StageEngines,
): AnswerBatch {
  const stages = stagesOf(command, options, engines);
  requireScoresPlace(command, options);
  const selection = textSelection(options);
  const textColumn = textColumnOf(options);
  const { report = false } = options;
  return async (batch, { name, firstRow = 0, onPath, signal }) => {
    requireAbsent(batch, Object.values(columnNames));
    const totals = emptyTotals();
    const texts =
      selection === null
        ? columnsRead(batch, options)
        : textRowsOf(batch, rowTexts(batch, selection, onPath), { selection, firstRow });
    const record = await allOf(
      compose(...operatorsOf(stages, { name, firstRow, totals }))(sourceOf(texts), { signal }),
    );
    const { changed, deleted } = totals.edits;
    const isEdited = changed + deleted > 0;
    const applying = { file: name, report, isEdited };
    const operator = compose(
      selection === null
        ? applyRecord(sourceOf(...record), { ...applying, textColumn })
        : applyTextRecord(sourceOf(...record), {
            ...{ ...applying, selection, texts: texts.numRows, dead: deadReasons('pass') },
          }),
      tap((answered) => refuseUnread(answered, firstRow)),
      dropDeadLetters([]),
    );
    const [answer] = await allOf(operator(sourceOf(batch), { signal }));
    if (answer?.numRows !== batch.numRows) throw rowsLost(name, batch.numRows, answer?.numRows);
    return { batch: answer, totals };
  };
}

interface Work extends Pick<StageContext, 'firstRow' | 'totals'> {
  readonly name: string;
}

function operatorsOf(stages: StagesOf, { name, firstRow, totals }: Work) {
  const [first, ...others] = stages({
    input: { name, relativePath: name },
    ...{ firstRow, totals, excerpts: [], stop: undefined },
    onBegin: () => undefined,
    onHalved: () => undefined,
    onMicroBatch: (report) => addMicroBatch(totals, report),
  }).map(({ operator }) => operator);
  return first === undefined ? [] : [first, prefetch(1), ...others];
}

/** The columns that the stages look at: the others need not be cut and joined with the texts. */
function columnsRead(batch: RecordBatch, options: RunCorpusOptions): RecordBatch {
  // Of lines, the whole line says why a row has no text.
  if (jsonLinesLayout(batch.schema) !== undefined) return batch;
  const { textColumn, keyColumn = textColumn } = ofOneText(options);
  const names = new Set([textColumn, keyColumn]);
  return batchOfColumns(
    [...names].map((name) => columnOf(batch, name)),
    batch,
  );
}

/** A run sets such rows aside; here there is no place for them. */
function refuseUnread(batch: RecordBatch, firstRow: number): void {
  const reasons = passReasonsOf(batch);
  const index = reasons.findIndex((reason) => reason !== null && unread.has(reason));
  if (index === -1) return;
  const row = firstRow + index;
  throw new ToeditError(
    'BAD_ROW',
    `row ${row} cannot be read (${String(reasons[index])}): leave it out, or let texts of fewer bytes pass with --max-text-bytes`,
    { place: { row } },
  );
}

const unread: ReadonlySet<string> = new Set(deadReasons('pass'));

function rowsLost(name: string, rows: number, left = 0): ToeditError {
  const message = `${name}: of ${rows} rows ${left} are left; please report it`;
  return new ToeditError('ROWS_LOST', message, { place: { file: name } });
}

function sourceOf(...batches: readonly RecordBatch[]): Source {
  return Readable.from(batches);
}

async function allOf(source: Source): Promise<RecordBatch[]> {
  const batches: RecordBatch[] = [];
  for await (const batch of source) batches.push(batch);
  return batches;
}
