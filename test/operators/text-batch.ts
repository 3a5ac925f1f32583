import {
  Field,
  Int32,
  LargeUtf8,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  vectorFromArray,
} from 'apache-arrow';

/** A row of {@link textBatch}. */
export interface TextRow {
  readonly id: number;
  readonly text: string | null;
}

const fields = [new Field('id', new Int32(), false), new Field('text', new LargeUtf8(), true)];

/** A record batch of columns `id` and `text`. */
export function textBatch(rows: readonly TextRow[]): RecordBatch {
  const ids = makeData({ type: new Int32(), data: Int32Array.from(rows, ({ id }) => id) });
  const texts = vectorFromArray(
    rows.map(({ text }) => text),
    new LargeUtf8(),
  ).data[0] as never;
  const children =
    rows.length === 0
      ? [ids, makeData({ type: new LargeUtf8(), length: 0 } as never)]
      : [ids, texts];
  const data = makeData({ type: new Struct(fields), length: rows.length, children });
  return new RecordBatch(new Schema(fields, new Map([['corpus', 'test']])), data);
}

/** The rows of a batch of columns `id` and `text`. */
export function rowsOf(batch: RecordBatch): TextRow[] {
  return Array.from({ length: batch.numRows }, (_, i) => ({
    id: batch.getChild('id')?.get(i) as number,
    text: batch.getChild('text')?.get(i) as string | null,
  }));
}

/** Rows of ids 0, 1, ... and the texts. */
export function numbered(texts: readonly (string | null)[]): TextRow[] {
  return texts.map((text, id) => ({ id, text }));
}

/** What a {@link countedSource} has done. */
export interface SourceCount {
  given: number;
  isReleased: boolean;
}

/** A source that counts what it has given and says whether it was released. */
export function countedSource(
  batches: Iterable<RecordBatch>,
  failure?: Error,
): { readonly source: AsyncGenerator<RecordBatch>; readonly seen: SourceCount } {
  const seen: SourceCount = { given: 0, isReleased: false };
  const source = async function* (): AsyncGenerator<RecordBatch> {
    try {
      for (const batch of batches) {
        await Promise.resolve();
        seen.given++;
        yield batch;
      }
      if (failure !== undefined) throw failure;
    } finally {
      seen.isReleased = true;
    }
  };
  return { seen, source: source() };
}

/** All items of an async iterable. */
export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}
