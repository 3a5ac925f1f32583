import { ToeditError } from '../errors.ts';

/** A MODEL_INVALID error about one file of a model directory. */
export function modelInvalid(file: string, message: string, cause?: unknown): ToeditError {
  return new ToeditError('MODEL_INVALID', `${file}: ${message}`, { place: { file }, cause });
}
