import type { RecordBatch } from 'apache-arrow';
import { prefetch } from '../../operators/prefetch.ts';
import { takeRows } from '../../operators/take-rows.ts';
import { ToeditError } from '../../src/errors.ts';
import type { FileRecord } from '../../src/metrics/recorder.ts';
import { clockOperator, clockSink, clockSource } from '../../src/metrics/stage-clock.ts';
import { addMicroBatch, countsOf } from '../../src/metrics/totals.ts';
import {
  compose,
  type Operator,
  runPipeline,
  type Sink,
  type Source,
  tap,
} from '../../src/operator.ts';
import type { BegunRows, Journal } from '../../src/run/journal/journal.ts';
import { refuseLostTypes } from '../../src/survival/refuse-lost-types.ts';
import type { CorpusOptions } from '../stages/corpus-options.ts';
import { outputFormat } from '../stages/output-path.ts';
import type { OpenedInput } from './open-texts.ts';
import type { RunContext } from './run-context.ts';
import type { OutputProgress } from './run-progress.ts';

/** What {@link fillJournal} writes to. */
export interface JournalToFill {
  readonly journal: Journal;
  readonly begun: BegunRows;
  readonly record: FileRecord;
}

/**
 * Sends the rows of an input that its journal does not hold yet through the stages, into the journal. It holds all of them
 * afterwards, unless the run was stopped.
 *
 * @throws ToeditError of any stage; the signal's reason. What was committed stays.
 */
export async function fillJournal(
  input: OpenedInput,
  target: JournalToFill,
  context: RunContext,
): Promise<void> {
  const { journal } = target;
  const { limit, stop, signal, format } = context.options;
  const firstRow = journal.rows;
  // Texts that have rows of their own are limited by the rows that they lie in.
  const rowsWanted = input.selection === null ? limit : undefined;
  if (firstRow > 0) await target.begun.open();
  const rowsTotal = input.rows === null ? null : Math.min(input.rows, limit ?? input.rows);
  const seen = { rowsRead: firstRow, isOnly: false };
  const progress = context.progress.begin(input, { firstRow, rowsTotal, limit });
  await runPipeline({
    source: clockSource(keepTypes(input, firstRow, format), context.recorder.clock('read')),
    operator: compose(
      ...(rowsWanted === undefined ? [] : [takeRows(Math.max(0, rowsWanted - firstRow))]),
      tap(({ numRows }) => {
        seen.rowsRead += numRows;
        progress.read(numRows);
      }),
      ...clockedStages(input, target, { ...context, output: progress, seen }),
    ),
    sink: clockSink(
      journalSink(input.name, target, seen, () => progress.commit(journal.rows)),
      context.recorder.clock('write'),
    ),
    signal,
  });
  if (stop?.aborted === true && !journal.isComplete) return;
  requireEqual(input.name, {
    'rows were read': seen.rowsRead,
    'committed to the journal': journal.rows,
  });
  if (rowsTotal !== null) {
    requireEqual(input.name, { 'rows are in the file': rowsTotal, 'were read': seen.rowsRead });
  }
}

/** What is seen of the rows before they are scored. */
interface SeenRows {
  rowsRead: number;
  /** The input is one record batch: it need not be on the disk, nor that it was begun. */
  isOnly: boolean;
}

function clockedStages(
  input: OpenedInput,
  { journal, begun, record }: JournalToFill,
  context: RunContext & { readonly output: OutputProgress; readonly seen: SeenRows },
) {
  const { recorder, options, output, seen } = context;
  const stages = context.stages({
    input,
    firstRow: journal.rows,
    totals: record.totals,
    excerpts: recorder.excerpts,
    stop: options.stop,
    onBegin: (rows, tokens) => {
      begun.add(rows);
      output.begin(rows, tokens);
    },
    onHalved: () => {
      record.totals.halvedMicroBatches++;
    },
    onMicroBatch: (report) => {
      addMicroBatch(record.totals, report);
      output.score(report.scoredTokens);
    },
  });
  const [first, ...others] = stages.map(({ name, operator }) =>
    clockOperator(operator, recorder.clock(name)),
  );
  // What is scored goes to the journal before more is: read ahead behind it, and a kill would cost that, too. The device
  // does not wait for it where another file is in flight.
  const look = journal.rows === 0 ? [lookForMore(seen, begun)] : [];
  return [...(first === undefined ? [] : [first]), prefetch(1), ...look, ...others];
}

/** Before the first batch passes, it is known whether another follows. */
function lookForMore(seen: SeenRows, begun: BegunRows): Operator {
  return async function* lookForMore(source) {
    const batches = source[Symbol.asyncIterator]();
    try {
      const first = await batches.next();
      if (first.done === true) return;
      const second = await batches.next();
      seen.isOnly = second.done === true;
      if (!seen.isOnly) await begun.open();
      yield first.value;
      if (second.done !== true) yield second.value;
      for (let next = await batches.next(); next.done !== true; next = await batches.next()) {
        yield next.value;
      }
    } finally {
      await batches.return?.();
    }
  };
}

function journalSink(
  file: string,
  { journal }: JournalToFill,
  seen: SeenRows,
  onCommit: () => void,
): Sink<void> {
  return async function journalSink(source) {
    for await (const batch of source as AsyncIterable<RecordBatch>) {
      requireEqual(file, {
        'rows are in a record batch': batch.numRows,
        'were counted in it': countsOf(batch)?.rows ?? 0,
      });
      await journal.append(batch, { isOnly: seen.isOnly });
      onCommit();
    }
  };
}

/** Rows in are rows out: what was lost between two counts is a defect, and its file fails rather than be short. */
function requireEqual(file: string, counts: Readonly<Record<string, number>>): void {
  const [one, other] = Object.entries(counts);
  if (one === undefined || other === undefined || one[1] === other[1]) return;
  const message = `${file}: ${String(one[1])} ${one[0]}, but ${String(other[1])} ${other[0]}; please report it`;
  throw new ToeditError('ROWS_LOST', message, { place: { file } });
}

/**
 * The record batches of an input that are scored, from a row on. Where a column's type would be lost in the output's format, none is given.
 *
 * @throws ToeditError `TYPE_LOST` before the first batch; errors of the source.
 */
async function* keepTypes(
  { textsFrom, format: { kind }, path, name }: OpenedInput,
  firstRow: number,
  format: CorpusOptions['format'],
): Source {
  const to = outputFormat(kind, format);
  if (kind === 'parquet' && path !== null) {
    await refuseLostTypes({ kind, path }, { to, file: name });
  }
  let isFirst = true;
  for await (const batch of textsFrom(firstRow)) {
    if (isFirst && (kind === 'arrow-file' || kind === 'arrow-stream')) {
      await refuseLostTypes({ kind: 'arrow', schema: batch.schema }, { to, file: name });
    }
    isFirst = false;
    yield batch;
  }
}
