import { ToeditError } from '../errors.ts';

/** A failure that may be gone at the next try. */
export class PassingFailure extends Error {
  override readonly name = 'PassingFailure';
  /** As the server asks for, in milliseconds. */
  readonly waitMs: number | undefined;

  constructor(
    message: string,
    options: { readonly waitMs?: number | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.waitMs = options.waitMs;
  }
}

/** The store, or the way to it, failed again and again. */
export function storeUnreachable(file: string, reason: string, cause?: unknown): ToeditError {
  const message = `${file} cannot be read for now (${reason}); check the network and run again`;
  return new ToeditError('STORE_UNREACHABLE', message, { place: { file }, cause });
}

/** @param remedy - which credentials are looked for, and where. */
export function storeDenied(file: string, reason: string, remedy: string): ToeditError {
  const message = `${file} may not be read (${reason}); ${remedy}`;
  return new ToeditError('STORE_DENIED', message, { place: { file } });
}

/** What was asked for is not there. */
export function storeMissing(file: string, what: string, remedy: string): ToeditError {
  return new ToeditError('INPUT_NOT_FOUND', `${file}: ${what}; ${remedy}`, { place: { file } });
}

/** The object is another one than it was when it was looked at. */
export function objectChanged(file: string, was: string): ToeditError {
  const message = `${file} was written to while it was read: its entity tag is not ${was} any more; run again once nobody writes to it`;
  return new ToeditError('INPUT_CHANGED', message, { place: { file } });
}

/** What a server is that cannot be read from. */
export function storeUnsupported(file: string, what: string): ToeditError {
  const message = `${file}: ${what}; download it, and give the file`;
  return new ToeditError('UNSUPPORTED', message, { place: { file } });
}
