import type { Fate } from './fate.ts';

const keep = (kept: string): Fate => ({ kept });

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
