import { ToeditError } from '../errors.ts';
import type { TextCells } from './replace-text-column.ts';

/**
 * The cells of a text column from the bytes of each row.
 *
 * @param validity - one bit a row, 1 where there is a text; undefined where no row is null
 * @throws ToeditError `BAD_OPTION` where they are 2 GiB or more together.
 */
export function joinTexts(
  texts: readonly Uint8Array[],
  validity: Uint8Array | undefined,
): TextCells {
  const size = texts.reduce((sum, text) => sum + text.length, 0);
  if (size > LARGEST_OFFSET) {
    throw new ToeditError(
      'BAD_OPTION',
      `the texts of one record batch have ${size} bytes: take record batches below 2 GiB`,
    );
  }
  const offsets = new Int32Array(texts.length + 1);
  const values = new Uint8Array(size);
  texts.forEach((text, row) => {
    const offset = offsets[row] ?? 0;
    values.set(text, offset);
    offsets[row + 1] = offset + text.length;
  });
  return { offsets, values, validity };
}

const LARGEST_OFFSET = 2 ** 31 - 1;
