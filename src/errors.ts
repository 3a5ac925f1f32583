/** The machine-readable reason of a {@link ToeditError}. */
export type ErrorCode =
  | 'BAD_OPTION'
  | 'BATCH_INVALID'
  | 'COLUMN_MISSING'
  | 'COLUMN_TYPE'
  | 'COLUMN_EXISTS'
  | 'COLUMN_MISMATCH'
  | 'TYPE_LOST'
  | 'INPUT_NOT_FOUND'
  | 'INPUT_CHANGED'
  | 'OUTPUT_EXISTS'
  | 'MANIFEST_MISSING'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_CONFLICT'
  | 'FILE_UNREADABLE'
  | 'ACCESS_DENIED'
  | 'UNSUPPORTED'
  | 'FILE_CORRUPT'
  | 'FORMAT_UNKNOWN'
  | 'WRITE_FAILED'
  | 'ROWS_LOST'
  | 'MODEL_INVALID'
  | 'TOKENIZER_INVALID'
  | 'DEVICE_UNAVAILABLE'
  | 'INFERENCE_FAILED'
  | 'ENGINE_DIED'
  | 'BAD_ROW'
  | 'SCHEDULER_REFUSED'
  | 'HUB_NOT_FOUND'
  | 'HUB_DENIED'
  | 'HUB_UNREACHABLE'
  | 'DOWNLOAD_CORRUPT'
  | 'STORE_CLIENT_MISSING'
  | 'STORE_DENIED'
  | 'STORE_UNREACHABLE';

/** Who is at fault, by which the command line chooses its exit code and a run what it tries again. */
export type ErrorClass =
  /** The request: the command line exits with 2. A file that meets it is tried again by the next run. */
  | 'usage'
  /** The request or this file, which do not fit: usage where no file of the run fits it, else bad input. */
  | 'usage or bad input'
  /** The file: it stays bad until `toedit retry`. */
  | 'bad input'
  /** The machine: it may be gone by itself at the next run. */
  | 'retryable'
  /** The machine, and every further file of the run would meet it, too: retryable, but the run ends there. */
  | 'fatal';

/** The class of every code. */
export const errorClasses: Readonly<Record<ErrorCode, ErrorClass>> = {
  BAD_OPTION: 'usage or bad input',
  BATCH_INVALID: 'usage',
  COLUMN_MISSING: 'usage or bad input',
  COLUMN_TYPE: 'usage or bad input',
  COLUMN_EXISTS: 'usage or bad input',
  COLUMN_MISMATCH: 'usage or bad input',
  TYPE_LOST: 'bad input',
  INPUT_NOT_FOUND: 'usage',
  INPUT_CHANGED: 'retryable',
  OUTPUT_EXISTS: 'usage or bad input',
  MANIFEST_MISSING: 'usage',
  MANIFEST_INVALID: 'usage',
  MANIFEST_CONFLICT: 'usage',
  FILE_UNREADABLE: 'retryable',
  ACCESS_DENIED: 'bad input',
  // Sound, but of a kind that is not read.
  UNSUPPORTED: 'bad input',
  FILE_CORRUPT: 'bad input',
  FORMAT_UNKNOWN: 'bad input',
  // Fatal where the disk is at fault: see isFatal.
  WRITE_FAILED: 'retryable',
  ROWS_LOST: 'retryable',
  MODEL_INVALID: 'usage',
  TOKENIZER_INVALID: 'usage',
  DEVICE_UNAVAILABLE: 'usage',
  INFERENCE_FAILED: 'retryable',
  ENGINE_DIED: 'fatal',
  BAD_ROW: 'bad input',
  SCHEDULER_REFUSED: 'usage',
  HUB_NOT_FOUND: 'usage',
  HUB_DENIED: 'usage',
  HUB_UNREACHABLE: 'retryable',
  DOWNLOAD_CORRUPT: 'retryable',
  STORE_CLIENT_MISSING: 'usage',
  // Credentials run out, and are renewed by whoever runs it again.
  STORE_DENIED: 'usage',
  STORE_UNREACHABLE: 'retryable',
};

/** Where it happened: each part is given where it is known. Rows, record batches and row groups count from 0. */
export interface Place {
  readonly file?: string | undefined;
  readonly rowGroup?: number | undefined;
  readonly recordBatch?: number | undefined;
  readonly row?: number | undefined;
  readonly line?: number | undefined;
}

/** The one error class of toedit. The message says what, the value, and what to do; `cause` keeps the origin. */
export class ToeditError extends Error {
  override readonly name = 'ToeditError';
  readonly code: ErrorCode;
  readonly place: Place;

  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly place?: Place; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.place = options.place ?? {};
  }
}

/** True of a file system's error of that code. */
export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * What an error says of damaged data. Where V8 or WebAssembly speaks, such as of an offset out of bounds, a decoder has met
 * what it did not look for: that means nothing to whoever has the file.
 */
export function reasonOf(error: unknown): string {
  const isOfEngine = error instanceof Error && engineErrors.has(error.name);
  return isOfEngine ? 'its contents cannot be decoded' : messageOf(error);
}

const engineErrors: ReadonlySet<string> = new Set([
  ...['TypeError', 'RangeError', 'SyntaxError', 'ReferenceError'],
  'RuntimeError',
]);

/** True where the caller's request was at fault, not the data or the machine: the command line exits with 2. */
export function isUsageError(error: unknown): error is ToeditError {
  return error instanceof ToeditError && isUsageCode(error.code);
}

/** True of the codes of {@link isUsageError}. */
export function isUsageCode(code: string): boolean {
  const errorClass = classOf(code);
  return errorClass === 'usage' || errorClass === 'usage or bad input';
}

/** True of errors that say nothing of an object, but of the way to its store. */
export function isStoreError(error: unknown): boolean {
  return error instanceof ToeditError && error.code.startsWith('STORE_');
}

/**
 * True where a file's failure may be gone by itself at the next run: the machine was at fault. A bad file, such as a
 * damaged one, stays bad until `toedit retry`.
 */
export function isRetryable(code: string): boolean {
  const errorClass = classOf(code);
  return errorClass !== 'bad input' && errorClass !== 'usage or bad input';
}

/** A code that is none of ours, such as that of a fault of our own, may be gone at the next run. */
function classOf(code: string): ErrorClass {
  return Object.hasOwn(errorClasses, code) ? errorClasses[code as ErrorCode] : 'retryable';
}

/**
 * True of errors that every further file of the run would meet, too: the disk is full or read-only, or the engine has died.
 * The run ends there, rather than fail file by file. Where a path is refused, it depends on the output directory: see
 * {@link isPathRefused}.
 */
export function isFatal(error: unknown): boolean {
  if (!(error instanceof ToeditError)) return false;
  if (classOf(error.code) === 'fatal') return true;
  return error.code === 'WRITE_FAILED' && hasErrno(error.cause, diskErrnos);
}

/** True where a file could not be written for where it was to stand: its directory may not be written, or its name not be had. */
export function isPathRefused(error: unknown): error is ToeditError {
  if (!(error instanceof ToeditError) || error.code !== 'WRITE_FAILED') return false;
  return hasErrno(error.cause, permissionErrnos) || isNameRefused(error);
}

/** True where a file could not be written for its name alone. */
export function isNameRefused(error: ToeditError): boolean {
  return error.code === 'WRITE_FAILED' && hasErrno(error.cause, nameErrnos);
}

function hasErrno(cause: unknown, errnos: ReadonlySet<string>): boolean {
  if (!(cause instanceof Error)) return false;
  if ('code' in cause && errnos.has(String(cause.code))) return true;
  return hasErrno(cause.cause, errnos);
}

const diskErrnos: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO']);
const permissionErrnos: ReadonlySet<string> = new Set(['EACCES', 'EPERM']);
/** Too long, below a file or in the place of a directory, or of characters that the file system does not have. */
const nameErrnos: ReadonlySet<string> = new Set([
  'ENAMETOOLONG',
  'ENOTDIR',
  'EISDIR',
  'ENOTEMPTY',
  'EEXIST',
  'EILSEQ',
  'EINVAL',
]);

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

/** What can be done of an input that is damaged. */
export const fetchAgain = 'fetch the file again or leave it out';

/** An input that is damaged at the row group or record batch of its place, and can only be fetched again. */
export function damagedFile(place: Place, what: string, cause?: unknown): ToeditError {
  const { rowGroup, recordBatch } = place;
  const group = rowGroup === undefined ? '' : ` in row group ${rowGroup}`;
  const batch = recordBatch === undefined ? '' : ` at record batch ${recordBatch}`;
  const problem = ` is damaged${group}${batch}: ${what}; ${fetchAgain}`;
  return corruptFile(place, problem, cause);
}

/** What would be held at once is more than may be: thrown before memory is taken for it. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';

  /**
   * @param what - such as `the page at byte 4`.
   * @param state - what the bytes are counted of. @defaultValue 'decompressed'
   */
  constructor(
    what: string,
    { bytes, most }: { readonly bytes: number; readonly most: number },
    state: 'decompressed' | 'decoded' = 'decompressed',
  ) {
    const size = `has ${bytes} bytes once it is ${state}`;
    super(`${what} ${size}, and --max-text-bytes lets ${most} be held at once`);
  }
}

/** An input of which a part is too large to be held. */
export function tooLargeFile(place: Place, cause: TooLarge): ToeditError {
  const { rowGroup, recordBatch } = place;
  const group = rowGroup === undefined ? '' : `in row group ${rowGroup} `;
  const batch = recordBatch === undefined ? '' : `in record batch ${recordBatch} `;
  const remedy = 'raise --max-text-bytes (maxTextBytes), or write the file again in smaller parts';
  return corruptFile(place, `: ${group}${batch}${cause.message}; ${remedy}`, cause);
}

/** A decoder's complaint about the compressed bytes of `file`. */
export function damagedData(file: string, format: string, cause: unknown): ToeditError {
  const problem = `its ${format} data is damaged or cut short (${reasonOf(cause)})`;
  return corruptFile({ file }, `: ${problem}; fetch or write the file again`, cause);
}

/**
 * Says that an input is sound, but of a kind that is not read: thrown where its name is not known. The message is what follows
 * the name, the remedy included.
 */
export class NotRead extends Error {
  override readonly name = 'NotRead';
}

/** An input that is sound, but of a kind that is not read, as an `UNSUPPORTED`. */
export function unsupportedFile(place: Place, cause: NotRead): ToeditError {
  const message = `${place.file ?? 'the input'}: ${cause.message}`;
  return new ToeditError('UNSUPPORTED', message, { place, cause });
}
