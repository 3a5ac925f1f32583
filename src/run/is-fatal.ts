import { ToeditError } from '../errors.ts';

/**
 * True of errors that every further file of the run would meet, too: the disk is full or cannot be written, or the engine
 * has died. The run ends there, rather than fail file by file.
 */
export function isFatal(error: unknown): boolean {
  if (!(error instanceof ToeditError)) return false;
  return error.code === 'ENGINE_DIED' || (error.code === 'WRITE_FAILED' && hasErrno(error.cause));
}

function hasErrno(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  if ('code' in cause && fatalErrnos.has(String(cause.code))) return true;
  return hasErrno(cause.cause);
}

const fatalErrnos: ReadonlySet<string> = new Set([
  'ENOSPC',
  'EDQUOT',
  'EROFS',
  'EACCES',
  'EPERM',
  'EIO',
  'ENOTDIR',
]);
