import { ToeditError } from '../../errors.ts';
import type { SchemaLeaf } from '../footer/schema-leaves.ts';

/** Which leaf of a schema holds the texts, and whether the file calls them text. */
export interface TextLeaf {
  readonly index: number;
  readonly isText: boolean;
}

/**
 * Finds the column of texts: byte arrays, in no list, map or struct.
 *
 * @throws ToeditError `COLUMN_MISSING` (listing the columns there are), `COLUMN_TYPE`, or `COLUMN_EXISTS` where two
 * columns have that name.
 */
export function textLeaf(leaves: readonly SchemaLeaf[], column: string, file: string): TextLeaf {
  const index = leaves.findIndex(({ path }) => path[0] === column);
  const leaf = leaves[index];
  if (leaf === undefined) throw missing(leaves, column, file);
  const others = leaves.filter(({ path }) => path[0] === column);
  if (others.length > 1 && others.some(({ path }) => path.length === 1)) {
    throw new ToeditError(
      'COLUMN_EXISTS',
      `${file} has two columns named ${JSON.stringify(column)}: rename one of them`,
      { place: { file } },
    );
  }
  const { physicalType, path, maxRepetitionLevel, isText, isPlain } = leaf;
  const isFlat = path.length === 1 && maxRepetitionLevel === 0;
  if (isFlat && physicalType === 'BYTE_ARRAY' && isPlain) return { index, isText };
  const what =
    physicalType === 'BYTE_ARRAY' ? 'BYTE_ARRAY with another meaning than text' : physicalType;
  throw new ToeditError(
    'COLUMN_TYPE',
    `column ${JSON.stringify(column)} is ${isFlat ? what : 'a list, map or struct'}: a text column of a Parquet file is BYTE_ARRAY; name another column or cast this one`,
    { place: { file } },
  );
}

function missing(leaves: readonly SchemaLeaf[], column: string, file: string): ToeditError {
  const names = [...new Set(leaves.map(({ path }) => JSON.stringify(path[0])))].join(', ');
  return new ToeditError(
    'COLUMN_MISSING',
    `no column ${JSON.stringify(column)}: the columns are ${names || 'none'}; name one of them`,
    { place: { file } },
  );
}
