import type { Field, RecordBatch } from 'apache-arrow';
import { ToeditError } from '../../errors.ts';
import { type FileMetadata, leavesOf, readFileMetadata } from '../footer/file-metadata.ts';
import { holdsTexts, type SchemaLeaf } from '../footer/schema-leaves.ts';
import { pageCodecsReady } from '../pages/page-codecs.ts';
import { type AddedSchema, addedSchema } from './added-columns.ts';
import { addedMetadata } from './added-metadata.ts';
import { createOutput, type OutputFile } from './output-file.ts';
import type { EditText } from './rewrite-chunk.ts';
import { fileLayout } from './segments.ts';
import { openSource } from './source-file.ts';
import { cutOf, type PlannedRowGroup, type Splicing, spliceSegments } from './splice-segments.ts';
import { splicedFooter } from './spliced-footer.ts';

/** What becomes of a row group. */
export interface RowGroupPlan {
  /** One a row, 1 where it stays and 0 where it is left out. @defaultValue all stay */
  readonly keep?: Uint8Array | undefined;
  /** Undefined: no text changes, and the text is copied as the other columns are. */
  readonly edit?: EditText | undefined;
  /** The same where there are several texts: one for each, in the order of `column`. */
  readonly edits?: readonly (EditText | undefined)[] | undefined;
  /** The added columns, of the rows that stay; record batches of any size. @defaultValue none */
  readonly added?: readonly RecordBatch[] | undefined;
}

/** What {@link spliceParquet} is to do. */
export interface SpliceOptions {
  readonly path: string;
  /** Its footer, where it was read before. */
  readonly footer?: FileMetadata | undefined;
  /** Where the output is written; nothing may be there. */
  readonly temporaryPath: string;
  /** What messages call the output. @defaultValue `temporaryPath` */
  readonly outputPath?: string | undefined;
  /** The text's column: the names from the root down to the leaf, joined by dots; or the numbers of the leaves of several texts. */
  readonly column: string | readonly number[];
  /**
   * Columns to be added behind the others: Utf8, Int32, Int64, Float32, lists and structs of these.
   * @defaultValue none
   */
  readonly added?: readonly Field[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called for each row group that has rows, in order, before it is written. */
  readonly plan: (rowGroup: number, rows: number) => RowGroupPlan | Promise<RowGroupPlan>;
}

/** What has been written. */
export interface SplicedParquet {
  readonly bytes: number;
  readonly rows: number;
}

/**
 * Writes a Parquet file that is another one with some texts changed and some rows left out. Where a row group keeps its
 * rows, all column chunks but the text's are copied as bytes, checksums of their pages verified, and so is the text's where
 * none of its texts changes; with them their page indexes and bloom filters. The footer is the old one with places, sizes
 * and the statistics of the text put right. Where a row group loses rows, its columns are written anew with PLAIN values,
 * whatever their logical types. In memory are a few pages, and what the plan of one row group holds.
 *
 * Added columns have PLAIN values, the text's codec, and no statistics but the number of nulls; the Arrow schema that some
 * writers keep in the key-value metadata then names them too, or goes where it has types that apache-arrow does not know.
 *
 * The file is closed at the end, but not synced; after an error what was written stays.
 *
 * @throws ToeditError `FILE_CORRUPT`, `UNSUPPORTED` (the file is encrypted, or points to others), `FILE_UNREADABLE`, `FORMAT_UNKNOWN`,
 * `COLUMN_MISSING`, `COLUMN_TYPE` or `WRITE_FAILED`; TypeError for
 * a type that cannot be added; RangeError where a plan does not fit its row group; errors of the plan and the signal's reason pass.
 */
export async function spliceParquet(options: SpliceOptions): Promise<SplicedParquet> {
  const { path, temporaryPath, outputPath = temporaryPath, added = [], signal } = options;
  const schema = addedSchema(added);
  await pageCodecsReady();
  const file = options.footer ?? (await readFileMetadata(path));
  const leaves = leavesOf(file);
  const { column } = options;
  const texts = typeof column === 'string' ? [textLeaf(file, leaves, column)] : column;
  const source = await openSource(path, signal);
  try {
    const output = await createOutput(temporaryPath, outputPath);
    const plan = (index: number, rows: number) => planned(options, schema, { index, rows });
    try {
      const splicing = { file, leaves, texts, source, output, signal, plan };
      return await spliceInto(splicing, addedMetadata(file, added, schema));
    } finally {
      await output.close();
    }
  } finally {
    await source.close();
  }
}

function textLeaf(file: FileMetadata, leaves: readonly SchemaLeaf[], column: string): number {
  const flat = leaves.findIndex(({ path }) => path.length === 1 && path[0] === column);
  const index = flat >= 0 ? flat : leaves.findIndex(({ path }) => path.join('.') === column);
  const leaf = leaves[index];
  const place = { file: file.path };
  if (leaf === undefined) {
    const names = leaves.map(({ path }) => JSON.stringify(path.join('.'))).join(', ');
    throw new ToeditError(
      'COLUMN_MISSING',
      `${file.path} has no column ${JSON.stringify(column)}; it has ${names}`,
      { place },
    );
  }
  if (leaf.physicalType === 'BYTE_ARRAY' || holdsTexts(leaf)) return index;
  throw new ToeditError(
    'COLUMN_TYPE',
    `column ${JSON.stringify(column)} of ${file.path} is ${leaf.physicalType}, not text; name another column`,
    { place },
  );
}

async function planned(
  { plan }: SpliceOptions,
  schema: AddedSchema,
  { index, rows }: { readonly index: number; readonly rows: number },
): Promise<PlannedRowGroup | undefined> {
  if (rows === 0) return { keep: undefined, edits: [], added: { schema, batches: [] } };
  const { keep, edit, edits = [edit], added: batches = [] } = await plan(index, rows);
  const cut = cutOf(keep, rows);
  if (cut?.every((each) => each === 0) === true) return undefined;
  return { keep: cut, edits, added: { schema, batches } };
}

async function spliceInto(
  splicing: Splicing,
  fields: ReadonlyMap<number, Uint8Array>,
): Promise<SplicedParquet> {
  const { file, leaves, source, output } = splicing;
  const layout = await fileLayout(file, leaves, source.read);
  const outcomes = await spliceSegments(splicing, layout);
  const footer = splicedFooter({ file, leaves, outcomes, fields });
  await writeFooter(output, footer);
  await output.finish();
  return { bytes: output.position, rows: outcomes.reduce((sum, { rows }) => sum + rows, 0) };
}

async function writeFooter(output: OutputFile, footer: Uint8Array): Promise<void> {
  const end = Buffer.from('\0\0\0\0PAR1');
  end.writeUInt32LE(footer.length);
  await output.write(footer);
  await output.write(end);
}
