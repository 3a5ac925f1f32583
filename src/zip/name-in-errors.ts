import { ToeditError } from '../errors.ts';
import type { Source } from '../operator.ts';

/** The same record batches; errors that name the temporary file at `path` name what it is a copy of. */
export async function* nameInErrors(source: Source, path: string, name: string): Source {
  try {
    yield* source;
  } catch (error) {
    throw nameInError(error, path, name);
  }
}

/** The error, naming what the temporary file at `path` is a copy of. */
export function nameInError(error: unknown, path: string, name: string): unknown {
  if (!(error instanceof ToeditError)) return error;
  const place = { ...error.place, file: error.place.file === path ? name : error.place.file };
  return new ToeditError(error.code, error.message.replaceAll(path, name), {
    place,
    cause: error.cause,
  });
}
