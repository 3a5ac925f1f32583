import type { RecordBatch } from 'apache-arrow';
import fc from 'fast-check';
import { textColumn } from '#toedit/src/arrow/text-column';

/** Bytes in chunks; `onClose` is told when the reader is done with them, however that came. */
export async function* chunksOf(
  bytes: Uint8Array,
  size: number,
  onClose: () => void = () => undefined,
): AsyncGenerator<Uint8Array> {
  try {
    for (let at = 0; at < bytes.length; at += size) {
      await Promise.resolve();
      yield bytes.slice(at, at + size);
    }
  } finally {
    onClose();
  }
}

/** The values of a text column of record batches, in row order, as strings. */
export function textsOf(batches: readonly RecordBatch[], name: string): (string | null)[] {
  return batches.flatMap((batch) => {
    const column = textColumn(batch, name);
    return Array.from({ length: batch.numRows }, (_, row) =>
      column.isNull(row) ? null : Buffer.from(column.bytes(row)).toString(),
    );
  });
}

/** The bytes of the `line` column, joined. */
export function linesOf(batches: readonly RecordBatch[]): Buffer {
  return Buffer.concat(
    batches.flatMap((batch) => {
      const column = textColumn(batch, 'line');
      return Array.from({ length: batch.numRows }, (_, row) => column.bytes(row));
    }),
  );
}

const text = fc.string({ unit: 'grapheme' });
const object = fc
  .record({
    id: fc.oneof(text, fc.double(), fc.constant(null), fc.array(fc.nat())),
    text: fc.oneof({ weight: 5, arbitrary: text }, { weight: 1, arbitrary: fc.jsonValue() }),
    more: fc.dictionary(text, fc.jsonValue()),
  })
  .map((value) => JSON.stringify(value));
const blank = fc.constantFrom('', ' ', '\t', '\r', '  \r');

/** A JSON Lines file: objects, blank lines, either line end, perhaps a byte order mark, perhaps no last terminator. */
export const jsonLinesFile: fc.Arbitrary<string> = fc
  .record({
    mark: fc.constantFrom('', '\ufeff'),
    lines: fc.array(fc.oneof({ weight: 4, arbitrary: object }, { weight: 1, arbitrary: blank }), {
      maxLength: 12,
    }),
    end: fc.constantFrom('\n', '\r\n'),
    isTerminated: fc.boolean(),
  })
  .map(({ mark, lines, end, isTerminated }) => mark + lines.join(end) + (isTerminated ? end : ''));
