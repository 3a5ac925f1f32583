import type { Schema } from 'apache-arrow';
import { openParquet } from '#toedit/src/parquet/open-parquet';
import type { ParquetInfo } from '#toedit/src/parquet/worker/parquet-messages';

/**
 * Reads the footer of a Parquet file: rows, row groups, codec, schema with its key-value metadata.
 *
 * @throws ToeditError as `readParquet`.
 */
export async function inspectParquet(
  path: string,
): Promise<ParquetInfo & { readonly schema: Schema }> {
  const file = await openParquet(path);
  await file.close();
  return { ...file.info, schema: file.schema };
}
