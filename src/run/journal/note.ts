import { parseTotals, type RunTotals, serializeTotals } from '../../metrics/totals.ts';

/** The key of a record batch's own metadata under which a segment keeps what was counted while the batch was made. */
const noteKey = 'toedit:note';

/**
 * The counters in the metadata of a segment's record batch; undefined where there are none.
 *
 * @throws SyntaxError or TypeError where the note is not `serializeTotals`'s.
 */
export function noteOf(metadata: ReadonlyMap<string, string>): RunTotals | undefined {
  const note = metadata.get(noteKey);
  return note === undefined ? undefined : parseTotals(note);
}

/** The metadata with these counters for a note; without a note where they are undefined. */
export function withNote(
  metadata: ReadonlyMap<string, string>,
  counts: RunTotals | undefined,
): Map<string, string> {
  const noted = new Map(metadata);
  noted.delete(noteKey);
  if (counts !== undefined) noted.set(noteKey, serializeTotals(counts));
  return noted;
}
