import { type Place, ToeditError } from '../errors.ts';
import { splice } from '../text/splice.ts';
import type { TokenBytes } from '../text/token-bytes.ts';
import type { Edit } from './row-edits.ts';

/** The bytes of a text, and where it stands. */
export interface PlacedText {
  readonly bytes: Uint8Array;
  readonly place: Place;
}

/**
 * The text with the edits done; the same bytes, not copied, where there are none.
 *
 * @throws ToeditError `COLUMN_MISMATCH` where the text has not the bytes of a token that is to be replaced.
 */
export function editText(
  text: PlacedText,
  edits: readonly Edit[],
  tokenBytes: TokenBytes,
): Uint8Array {
  if (edits.length === 0) return text.bytes;
  const splices = edits.map(({ byteOffset: start, oldId, newId }) => {
    const end = start + tokenBytes.length(oldId);
    const isThere = Buffer.compare(text.bytes.subarray(start, end), tokenBytes.bytes(oldId)) === 0;
    if (!isThere) throw foreignEdit(text.place, oldId, start);
    return { start, end, bytes: newId === null ? nothing : tokenBytes.bytes(newId) };
  });
  return splice(text.bytes, splices);
}

const nothing = new Uint8Array(0);

function foreignEdit(place: Place, oldId: number, offset: number): ToeditError {
  return new ToeditError(
    'COLUMN_MISMATCH',
    `row ${place.row}: the text has no token ${oldId} at byte ${offset}; apply edits once, to the text and with the prior that they were drawn for`,
    { place },
  );
}
