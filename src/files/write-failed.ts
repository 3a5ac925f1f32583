import { ToeditError } from '../errors.ts';

/** A file-system error while writing `path`, as a `WRITE_FAILED`; a {@link ToeditError} comes back as it is. */
export function writeFailed(path: string, cause: unknown): ToeditError {
  if (cause instanceof ToeditError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ToeditError(
    'WRITE_FAILED',
    `cannot write ${path}: ${reason}; check the space and the permissions there`,
    { place: { file: path }, cause },
  );
}
