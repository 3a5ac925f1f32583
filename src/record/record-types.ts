import { Binary, Field, Float32, Int32, Int64, List, Struct, Uint64 } from 'apache-arrow';

/** The column of a record that identifies the text that was read, beside those of `columnNames`. */
export const textHashName = 'text_hash';

/**
 * `text_hash`: Uint64, the first 8 bytes of the SHA-256 of the text's bytes as a little-endian number (as `documentKey`); null
 * where the text is null.
 */
export const textHashType = new Uint64();

/**
 * `edits` of a record: one item a changed token, by ascending position. The first five fields are those of the column `edits`
 * that `resampleTokens` adds (`editsType`); `old_bytes` stood at `byte_offset` of the text, and `new_bytes` stand there now:
 * none where the token was deleted. Null where the row passes unedited.
 */
export const recordedEditsType = new List(
  new Field(
    'item',
    new Struct([
      new Field('position', new Int32(), false),
      new Field('byte_offset', new Int64(), false),
      new Field('old_id', new Int32(), false),
      new Field('new_id', new Int32(), true),
      new Field('logprob', new Float32(), false),
      new Field('old_bytes', new Binary(), false),
      new Field('new_bytes', new Binary(), false),
    ]),
    false,
  ),
);
