import { ToeditError } from '../errors.ts';

/** A file-system error while reading `path`, as a `FILE_UNREADABLE`; a {@link ToeditError} comes back as it is. */
export function fileUnreadable(path: string, cause: unknown): ToeditError {
  if (cause instanceof ToeditError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ToeditError(
    'FILE_UNREADABLE',
    `cannot read ${path}: ${reason}; check that it is there and that you may read it`,
    { place: { file: path }, cause },
  );
}
