import { messageOf, type Place, ToeditError } from '../errors.ts';
import { damagedFile } from '../files/damaged-file.ts';
import { UnreadType } from './require-read-types.ts';

/** What an Arrow input is called in errors, and what ends its reading. */
export interface ArrowInput {
  readonly file: string;
  readonly signal?: AbortSignal | undefined;
}

/** An Arrow input that is damaged, or of a type that cannot be read, at the record batch of its place. A {@link ToeditError} comes back as it is. */
export function arrowDamage(place: Place, cause: unknown): ToeditError {
  if (cause instanceof ToeditError) return cause;
  if (cause instanceof UnreadType) return unreadType(place, cause);
  return damagedFile(place, messageOf(cause), cause);
}

function unreadType(place: Place, cause: UnreadType): ToeditError {
  const { column, type } = cause;
  return new ToeditError(
    'TYPE_LOST',
    `${place.file ?? 'the input'}: column ${JSON.stringify(column)} is of type ${type}, which toedit cannot read; cast it to a plain array or list, or leave the column out`,
    { place, cause },
  );
}

/** An input whose first bytes are not those of an Arrow IPC file or stream. */
export function notArrow(file: string, head: Uint8Array): ToeditError {
  const place = { file };
  if (head.length === 0) return arrowDamage(place, new Error('it is empty (0 bytes)'));
  return new ToeditError(
    'FORMAT_UNKNOWN',
    `${file} is not an Arrow IPC file or stream: it begins with ${Buffer.from(head).toString('hex')}; leave it out`,
    { place },
  );
}
