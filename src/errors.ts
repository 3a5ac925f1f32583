/** The machine-readable reason of a {@link ToeditError}. */
export type ErrorCode =
  | 'BAD_OPTION'
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
  | 'SCHEDULER_REFUSED';

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

/** True where the caller's request was at fault, not the data or the machine: the command line exits with 2. */
export function isUsageError(error: unknown): error is ToeditError {
  return error instanceof ToeditError && isUsageCode(error.code);
}

/** True of the codes of {@link isUsageError}. */
export function isUsageCode(code: string): boolean {
  return usageCodes.has(code);
}

const usageCodes: ReadonlySet<string> = new Set([
  'BAD_OPTION',
  'COLUMN_MISSING',
  'COLUMN_TYPE',
  'COLUMN_EXISTS',
  'COLUMN_MISMATCH',
  'INPUT_NOT_FOUND',
  'OUTPUT_EXISTS',
  'MANIFEST_MISSING',
  'MANIFEST_INVALID',
  'MANIFEST_CONFLICT',
  'MODEL_INVALID',
  'TOKENIZER_INVALID',
  'DEVICE_UNAVAILABLE',
  'SCHEDULER_REFUSED',
] satisfies ErrorCode[]);
