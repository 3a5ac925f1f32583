/** Formats that a corpus is written in. */
export type TargetFormat = 'parquet' | 'arrow' | 'jsonl';

/** A type that another format has a place for: what its values become there. */
export interface Kept {
  readonly kept: string;
}

/** A type whose values, or what they mean, another format or its writer would lose. */
export interface Lost {
  /** What would be lost, after "which". */
  readonly lost: string;
  /** What to do about it, as an order. */
  readonly remedy: string;
}

/** What becomes of the values of a type in another format. */
export type Fate = Kept | Lost;

/** A column, or a part of one by its path, whose type does not survive. */
export interface LostColumn extends Lost {
  readonly path: string;
  readonly type: string;
}

const keep = (kept: string): Fate => ({ kept });

/**
 * What becomes of Arrow's types in a Parquet output, by the name that `arrowParts` gives them. In Arrow and JSON
 * Lines outputs all of them survive; `docs/formats.md` says how each is written as JSON.
 */
export const arrowTypes: Readonly<Record<string, Fate>> = {
  null: keep('the null type'),
  bool: keep('BOOLEAN'),
  integer: keep('INT32 or INT64, annotated with width and sign'),
  float16: keep('FLOAT16'),
  'float32 or float64': keep('FLOAT or DOUBLE'),
  decimal: keep('DECIMAL'),
  'text of any kind': keep('STRING'),
  'binary of any kind': keep('BYTE_ARRAY'),
  'fixed-size binary': keep('FIXED_LEN_BYTE_ARRAY'),
  date32: keep('DATE'),
  'time below seconds': keep('TIME of its unit'),
  'timestamp below seconds': keep(
    'TIMESTAMP of its unit; another time zone than UTC in ARROW:schema',
  ),
  duration: keep('INT64; its unit in ARROW:schema, as pyarrow does'),
  'list of any kind': keep('LIST; that it is large or of fixed size in ARROW:schema'),
  struct: keep('a group'),
  map: keep('MAP'),
  'dictionary of text, binary, bool, numbers, dates, times or timestamps': keep(
    'its values; that they were a dictionary in ARROW:schema',
  ),
  date64: { lost: 'Parquet has no type for', remedy: 'cast it to date32' },
  'time in seconds': { lost: 'Parquet has no type for', remedy: 'cast it to time32[ms]' },
  'timestamp in seconds': { lost: 'Parquet has no type for', remedy: 'cast it to timestamp[ms]' },
  interval: {
    lost: 'the Parquet library cannot write',
    remedy: 'cast it to text or to a duration',
  },
  union: { lost: 'Parquet has no type for', remedy: 'make its members columns of a struct' },
  'struct without fields': { lost: 'Parquet has no type for', remedy: 'give it a field' },
  'fixed-size binary of no bytes': { lost: 'Parquet has no type for', remedy: 'cast it to binary' },
  'null in a list': {
    lost: 'the Parquet library cannot write',
    remedy: 'give its items another type',
  },
  'decimal whose scale is below 0 or above its precision': {
    lost: 'Parquet has no type for',
    remedy: 'cast it to a decimal of another scale',
  },
  'dictionary of other types': {
    lost: 'the Parquet library cannot write so that it is read as it was',
    remedy: 'decode the dictionary',
  },
};

/**
 * What becomes of Parquet's types in an Arrow or JSON Lines output, both of which go through Arrow, by the name that
 * `readParquetLeaves` gives them: the logical type, else the converted one, else the physical one. `docs/formats.md` says
 * how each Arrow type is written as JSON. A type that is not here is unknown, and refused.
 */
export const parquetTypes: Readonly<Record<string, Fate>> = {
  BOOLEAN: keep('bool'),
  INT32: keep('int32'),
  INT64: keep('int64'),
  FLOAT: keep('float32'),
  DOUBLE: keep('float64'),
  BYTE_ARRAY: keep('binary'),
  FIXED_LEN_BYTE_ARRAY: keep('fixed-size binary'),
  INT: keep('the integer of its width and sign'),
  FLOAT16: keep('float16'),
  DECIMAL: keep('decimal128 up to 38 digits, decimal256 above'),
  STRING: keep('utf8'),
  ENUM: keep('utf8 or binary: the values, without the annotation'),
  JSON: keep('utf8, without the annotation'),
  BSON: keep('binary, without the annotation'),
  UUID: keep('fixed-size binary of 16 bytes, without the annotation'),
  DATE: keep('date32'),
  TIME: keep('time32 in milliseconds, time64 in microseconds or nanoseconds'),
  'TIME in UTC': keep('the same time, without the mark that it is in UTC'),
  TIMESTAMP: keep('timestamp without a time zone'),
  'TIMESTAMP in UTC': keep('timestamp with the time zone UTC'),
  NULL: keep('null'),
  INTERVAL: {
    lost: 'the Parquet library reads without its months',
    remedy: 'cast it to VARCHAR',
  },
  INT96: {
    lost: 'holds dates beyond those of 64-bit nanoseconds, which become other dates',
    remedy: 'write it as TIMESTAMP',
  },
  VARIANT: {
    lost: 'would become the bytes of its encoding',
    remedy: 'cast it to JSON',
  },
  GEOMETRY: {
    lost: 'would become bytes without a coordinate system',
    remedy: 'cast it to BLOB (WKB) or VARCHAR (WKT)',
  },
  GEOGRAPHY: {
    lost: 'would become bytes without a coordinate system',
    remedy: 'cast it to BLOB (WKB) or VARCHAR (WKT)',
  },
};

/** The fate of a type that {@link parquetTypes} does not name. */
export const unknownParquetType: Fate = {
  lost: 'is not known to toedit',
  remedy: 'cast it to a type that it knows',
};
