import { ToeditError } from '../errors.ts';

/** A decoder's complaint about the bytes of `name` as a `FILE_CORRUPT`. */
export function damaged(name: string, format: string, cause: unknown): ToeditError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ToeditError(
    'FILE_CORRUPT',
    `${name}: its ${format} data is damaged or cut short (${reason}); fetch or write the file again`,
    { place: { file: name }, cause },
  );
}
