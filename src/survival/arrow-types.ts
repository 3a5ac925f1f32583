import type { Fate } from './fate.ts';

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
