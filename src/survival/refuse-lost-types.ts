import type { Schema } from 'apache-arrow';
import { ToeditError } from '../errors.ts';
import { arrowFate, arrowParts } from './arrow-parts.ts';
import { type ParquetLeaf, readParquetLeaves } from './read-parquet-leaves.ts';
import type { LostColumn, TargetFormat } from './type-tables.ts';
import { parquetTypes, unknownParquetType } from './type-tables.ts';

/** An input whose types are known before a row of it is worked on. */
export type TypedInput =
  | { readonly kind: 'parquet'; readonly path: string }
  | { readonly kind: 'arrow'; readonly schema: Schema };

/**
 * Refuses an input of which a column's type would not survive in another format. Where the formats are the same nothing is
 * looked at: Parquet's columns are copied as bytes, Arrow's as buffers.
 *
 * @param file - what errors call the input.
 * @throws ToeditError `TYPE_LOST`, naming the first such column, its type and the remedy; `FILE_UNREADABLE`,
 * `FORMAT_UNKNOWN` or `FILE_CORRUPT` of a Parquet file.
 */
export async function refuseLostTypes(
  input: TypedInput,
  { to, file }: { readonly to: TargetFormat; readonly file: string },
): Promise<void> {
  if (input.kind === to) return;
  const lost =
    input.kind === 'parquet'
      ? lostParquetColumns(await readParquetLeaves(input.path))
      : lostArrowColumns(input.schema, to);
  const [first, ...others] = lost;
  if (first !== undefined) throw typeLost(first, others, { to, file });
}

/** The columns of a Parquet file that do not survive in an Arrow or JSON Lines output. */
export function lostParquetColumns(leaves: readonly ParquetLeaf[]): LostColumn[] {
  return leaves.flatMap(({ path, type }) => {
    const fate = parquetTypes[type] ?? unknownParquetType;
    return 'lost' in fate ? [{ path, type, ...fate }] : [];
  });
}

/** The columns of an Arrow schema that do not survive in an output of that format. */
export function lostArrowColumns(schema: Schema, to: TargetFormat): LostColumn[] {
  if (to !== 'parquet') return [];
  return schema.fields.flatMap((field) =>
    [...arrowParts(field)].flatMap(({ path, name, type }) => {
      const fate = arrowFate(name);
      return 'lost' in fate ? [{ path, type: String(type), ...fate }] : [];
    }),
  );
}

function typeLost(
  { path, type, lost, remedy }: LostColumn,
  others: readonly LostColumn[],
  { to, file }: { readonly to: TargetFormat; readonly file: string },
): ToeditError {
  const names = others.map((other) => JSON.stringify(other.path)).join(', ');
  const more = others.length === 0 ? '' : ` (so are ${names})`;
  const format = { parquet: 'Parquet', arrow: 'Arrow', jsonl: 'JSON Lines' }[to];
  return new ToeditError(
    'TYPE_LOST',
    `${file}: column ${JSON.stringify(path)} is of type ${type}, which ${lost}: it would not be the same in ${format}${more}; ${remedy}, leave the column out, or leave the format as it is`,
    { place: { file } },
  );
}
