import { messageOf, type Place, ToeditError } from '../errors.ts';

/**
 * An input that cannot be read because of its own bytes, as a `FILE_CORRUPT`: every such error is made here.
 *
 * @param place - the file, and where in it.
 * @param problem - what follows the file's name in the message, the remedy included, such as `: line 3 is …; remove the line`.
 */
export function corruptFile(place: Place, problem: string, cause?: unknown): ToeditError {
  const message = `${place.file ?? 'the input'}${problem}`;
  return new ToeditError('FILE_CORRUPT', message, { place, cause });
}

/** An input that is damaged at the row group or record batch of its place, and can only be fetched again. */
export function damagedFile(place: Place, what: string, cause?: unknown): ToeditError {
  const { rowGroup, recordBatch } = place;
  const group = rowGroup === undefined ? '' : ` in row group ${rowGroup}`;
  const batch = recordBatch === undefined ? '' : ` at record batch ${recordBatch}`;
  const problem = ` is damaged${group}${batch}: ${what}; fetch the file again or leave it out`;
  return corruptFile(place, problem, cause);
}

/** A decoder's complaint about the compressed bytes of `file`. */
export function damagedData(file: string, format: string, cause: unknown): ToeditError {
  const problem = `its ${format} data is damaged or cut short (${messageOf(cause)})`;
  return corruptFile({ file }, `: ${problem}; fetch or write the file again`, cause);
}
