import { readArrow } from '../operators/read-arrow.ts';
import { readJsonl } from '../operators/read-jsonl.ts';
import { readParquet } from '../operators/read-parquet.ts';
import { detectFormat, type FileFormat } from '../src/files/detect-format.ts';
import type { InputFile } from '../src/files/find-files.ts';
import type { Source } from '../src/operator.ts';
import { inspectParquet } from '../src/parquet/inspect-parquet.ts';
import type { ParquetInfo } from '../src/parquet/parquet-info.ts';
import type { ParquetWriteOptions } from '../src/parquet/parquet-layout.ts';
import type { CorpusOptions } from './corpus-options.ts';

/** A file, or a member of an archive, opened for reading. */
export interface OpenedInput {
  /** What messages and reports call it. */
  readonly name: string;
  /** Where its output goes, below the output directory. */
  readonly relativePath: string;
  readonly format: FileFormat;
  /** Null where the format does not tell before its end. */
  readonly rows: number | null;
  /** How a Parquet file is laid out; null for other formats. */
  readonly parquet: ParquetWriteOptions | null;
  readonly source: Source;
}

/** Opens an input by its content: a file gives one, an archive one a member. */
export async function* openInput(
  input: InputFile,
  options: CorpusOptions,
): AsyncGenerator<OpenedInput> {
  const format = await detectFormat(input.path);
  yield { ...(await openFile(input, format, options)), format };
}

async function openFile(
  { path, relativePath }: InputFile,
  format: FileFormat,
  options: CorpusOptions,
): Promise<Omit<OpenedInput, 'format'>> {
  const opened = { name: path, relativePath, rows: null, parquet: null };
  const { signal, textColumn, keyColumn } = options;
  if (format.kind === 'parquet') {
    const info = await inspectParquet(path);
    const parquet = layoutOf(info);
    return { ...opened, rows: info.rows, parquet, source: readParquet(path, { signal }) };
  }
  if (format.kind === 'jsonl') {
    const columns = keyColumn === undefined ? [] : [keyColumn];
    return { ...opened, source: readJsonl(path, { textColumn, columns }) };
  }
  return { ...opened, source: readArrow(path, { signal }) };
}

/** The codec and the size of row groups, for an output like the input; codecs that cannot be written are left open. */
function layoutOf({ compression, rowGroups }: ParquetInfo): ParquetWriteOptions {
  const rowGroupRows = Math.max(0, ...rowGroups.map(({ rows }) => rows));
  return { compression, ...(rowGroupRows > 0 ? { rowGroupRows } : {}) };
}
