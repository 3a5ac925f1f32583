import {
  Binary,
  type Data,
  Field,
  Float32,
  Int32,
  Int64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Utf8,
  Vector,
} from 'apache-arrow';
import { childData } from '../arrow/buffers.ts';
import { addedColumn } from '../arrow/columns.ts';
import { joinTexts, textData } from '../arrow/text-column.ts';
import { editsData } from '../resampling/edits.ts';
import type { WholeEdit } from './make-record.ts';

/** An edit of a ledger, and where it was made. */
export interface LedgerEdit extends WholeEdit {
  /** The output file, below the output directory, with `/` between names. */
  readonly file: string;
  /** Row of the input, from 0. */
  readonly row: number;
  /** Row of the output, from 0: another one where rows before it were set aside. */
  readonly outputRow: number;
  /** The first 16 hexadecimal digits of the SHA-256 of the text before its edits. */
  readonly documentKey: string;
  /** Which text it is of, where a row may have more; undefined where a row has one. */
  readonly text?: LedgerText | undefined;
}

/** A text of a row. */
export interface LedgerText {
  /** Its number among the texts of the output, from 0. */
  readonly outputText: number;
  /** Such as `messages[3].content`. */
  readonly place: string;
}

/** What a ledger has beside, where a row may have more texts than one. */
const textFields = [
  new Field('output_text', new Int64(), false),
  new Field('place', new Utf8(), false),
];

/** The columns of a ledger: a row an edit, by file, row and position. */
const ledgerFields = [
  new Field('file', new Utf8(), false),
  new Field('row', new Int64(), false),
  new Field('output_row', new Int64(), false),
  new Field('document_key', new Utf8(), false),
  new Field('position', new Int32(), false),
  new Field('byte_offset', new Int64(), false),
  new Field('old_bytes', new Binary(), false),
  new Field('new_bytes', new Binary(), false),
  new Field('old_id', new Int32(), false),
  new Field('new_id', new Int32(), true),
  new Field('logprob', new Float32(), false),
  new Field('new_logprob', new Float32(), true),
  new Field('rank', new Int32(), true),
];

/** The key of a ledger's metadata under which the id of its run's manifest stands. */
export const ledgerRunKey = 'toedit:run';

/**
 * A record batch of a ledger.
 *
 * @param hasTexts - whether every edit says which text it is of
 */
export function ledgerBatch(
  edits: readonly LedgerEdit[],
  { run, hasTexts }: { readonly run: string; readonly hasTexts: boolean },
): RecordBatch {
  const items = childData(editsData([edits]), 0);
  const [position, byteOffset, oldId, newId, logprob, newLogprob, rank] = items.children;
  const columns = [
    texts(edits.map(({ file }) => file)),
    int64s(edits.map(({ row }) => row)),
    int64s(edits.map(({ outputRow }) => outputRow)),
    texts(edits.map(({ documentKey }) => documentKey)),
    position,
    byteOffset,
    textData(
      new Binary(),
      joinTexts(
        edits.map(({ oldBytes }) => oldBytes),
        undefined,
      ),
    ),
    textData(
      new Binary(),
      joinTexts(
        edits.map(({ newBytes }) => newBytes),
        undefined,
      ),
    ),
    ...[oldId, newId, logprob, newLogprob, rank],
    ...(hasTexts ? textColumns(edits) : []),
  ];
  const children = columns.flatMap((column) => column ?? []);
  const metadata = new Map([
    ['toedit:ledger', '1'],
    [ledgerRunKey, run],
  ]);
  const fields = hasTexts ? [...ledgerFields, ...textFields] : ledgerFields;
  const type = new Struct(fields);
  const data = makeData({ type, length: edits.length, nullCount: 0, children });
  return new RecordBatch(new Schema(fields, metadata), data);
}

function textColumns(edits: readonly LedgerEdit[]): readonly Data[] {
  return [
    int64s(edits.map(({ text }) => text?.outputText ?? 0)),
    texts(edits.map(({ text }) => text?.place ?? '')),
  ];
}

function texts(values: readonly string[]): Data {
  const bytes = values.map((value) => encoder.encode(value));
  return textData(new Utf8(), joinTexts(bytes, undefined));
}

const encoder = new TextEncoder();

function int64s(values: readonly number[]): Data {
  return makeData({ type: new Int64(), data: BigInt64Array.from(values, BigInt), nullCount: 0 });
}

/**
 * The edits of a ledger's batch, in order.
 *
 * @throws ToeditError `COLUMN_MISSING` or `COLUMN_TYPE` where it has not the columns of a ledger.
 */
export function* ledgerEdits(batch: RecordBatch): Generator<LedgerEdit> {
  const hasTexts = batch.schema.names.includes('output_text');
  const fields = hasTexts ? [...ledgerFields, ...textFields] : ledgerFields;
  const columns = fields.map(({ name, type }) => {
    const { data } = addedColumn(batch, name, type);
    return [name, new Vector([data])] as const;
  });
  const cells = new Map<string, Vector>(columns);
  for (let row = 0; row < batch.numRows; row++) {
    const value = (name: string): unknown => cells.get(name)?.get(row) as unknown;
    const numberOrNull = (name: string): number | null => value(name) as number | null;
    yield {
      file: String(value('file')),
      row: Number(value('row')),
      outputRow: Number(value('output_row')),
      documentKey: String(value('document_key')),
      position: Number(value('position')),
      byteOffset: Number(value('byte_offset')),
      oldId: Number(value('old_id')),
      newId: numberOrNull('new_id'),
      logprob: Number(value('logprob')),
      newLogprob: numberOrNull('new_logprob'),
      rank: numberOrNull('rank'),
      oldBytes: value('old_bytes') as Uint8Array,
      newBytes: value('new_bytes') as Uint8Array,
      ...(hasTexts && {
        text: { outputText: Number(value('output_text')), place: String(value('place')) },
      }),
    };
  }
}
