import { ToeditError } from '../errors.ts';

/** Something is wrong with an archive or, named `archive/member`, with a member of it. */
export function zipError(name: string, reason: string, cause?: unknown): ToeditError {
  return new ToeditError('FILE_CORRUPT', `${name}: ${reason}`, { place: { file: name }, cause });
}
