import { readArrow } from '../../operators/read-arrow.ts';
import { readJsonl } from '../../operators/read-jsonl.ts';
import { readParquet } from '../../operators/read-parquet.ts';
import { type DataMember, readZip, type ZipMember } from '../../operators/read-zip.ts';
import { ToeditError } from '../../src/errors.ts';
import { detectFormat, type FileFormat } from '../../src/files/detect-format.ts';
import type { InputFile } from '../../src/files/find-files.ts';
import type { Source } from '../../src/operator.ts';
import { inspectParquet } from '../../src/parquet/inspect-parquet.ts';
import type { ParquetWriteOptions } from '../../src/parquet/parquet-layout.ts';
import { type ParquetFooter, readParquetFooter } from '../../src/parquet/read-parquet-footer.ts';
import { reopened } from '../../src/reopened.ts';
import { nameInError } from '../../src/zip/name-in-errors.ts';
import type { CorpusOptions } from '../corpus-options.ts';
import { outputPath } from './output-path.ts';

/** A file, or a member of an archive, opened for reading. */
export interface OpenedInput {
  readonly status: 'data';
  /** What messages and reports call it. */
  readonly name: string;
  /** Where its output goes, below the output directory. */
  readonly relativePath: string;
  readonly format: FileFormat;
  /** Where its bytes lie by themselves; null for a member that is read straight from its archive. */
  readonly path: string | null;
  /** Null where the format does not tell before its end. */
  readonly rows: number | null;
  /** How a Parquet file is laid out; null for other formats. */
  readonly parquet: ParquetWriteOptions | null;
  /** All columns; to be read, once or more often, before the next member of an archive is asked for. */
  readonly source: Source;
  /** At least the columns that are scored: what the text is, and what keys its draws. */
  readonly texts: Source;
}

/** A member of an archive that is not opened. */
export type UnopenedInput = Exclude<ZipMember, { readonly status: 'data' }>;

/**
 * Opens an input by its content: a file gives one, an archive one a member.
 *
 * @param input - with its format, where that is known.
 * @throws ToeditError where the file, or the archive as a whole, cannot be opened.
 */
export async function* openInput(
  input: Pick<InputFile, 'path' | 'relativePath'> & { readonly format?: FileFormat | null },
  options: CorpusOptions,
): AsyncGenerator<OpenedInput | UnopenedInput> {
  const format = input.format ?? (await detectFormat(input.path));
  if (format.kind === 'zip') return yield* openArchive(input, options);
  const { path, relativePath } = input;
  const source = reopened(() => sourceOf(path, format, options));
  yield {
    status: 'data',
    name: path,
    path,
    relativePath,
    format,
    source,
    texts: source,
    ...(await layOut(format, path)),
  };
}

async function* openArchive(
  { path, relativePath }: Pick<InputFile, 'path' | 'relativePath'>,
  options: CorpusOptions,
): AsyncGenerator<OpenedInput | UnopenedInput, void> {
  const outputs = new Map<string, string>();
  const { signal } = options;
  for await (const member of readZip(path, { jsonl: jsonlOptions(options), signal })) {
    const name = `${path}/${member.name}`;
    if (member.status !== 'data') {
      yield { ...member, name };
      continue;
    }
    const opened = { ...member, name, relativePath: `${relativePath}/${member.name}` };
    const output = outputPath(opened, options);
    const other = outputs.get(output);
    outputs.set(output, name);
    if (other === undefined) yield await openMember(opened);
    else yield { status: 'failed', name, error: sharedOutput(name, other, output) };
  }
}

async function openMember(
  member: DataMember & Pick<OpenedInput, 'relativePath'>,
): Promise<OpenedInput | UnopenedInput> {
  const { path, name, format } = member;
  try {
    return { ...member, texts: member.source, ...(await layOut(format, path)) };
  } catch (cause) {
    const error = path === null ? cause : nameInError(cause, path, name);
    if (error instanceof ToeditError) return { status: 'failed', name, error };
    throw error;
  }
}

function sourceOf(path: string, { kind }: FileFormat, options: CorpusOptions): Source {
  const { signal } = options;
  if (kind === 'parquet') return readParquet(path, { signal });
  return kind === 'jsonl' ? readJsonl(path, jsonlOptions(options)) : readArrow(path, { signal });
}

function jsonlOptions({ textColumn, keyColumn }: CorpusOptions) {
  return { textColumn, columns: keyColumn === undefined ? [] : [keyColumn] };
}

/** What the footer of a Parquet file says, for progress and for an output like the input. */
async function layOut(
  { kind }: FileFormat,
  path: string | null,
): Promise<Pick<OpenedInput, 'rows' | 'parquet'>> {
  if (kind !== 'parquet' || path === null) return { rows: null, parquet: null };
  const footer = await readFooter(path);
  return { rows: footer.rows, parquet: layoutOf(footer) };
}

/** What the quick reader cannot read, the Parquet library may; and it knows best what is wrong. */
async function readFooter(path: string): Promise<ParquetFooter> {
  try {
    return await readParquetFooter(path);
  } catch (error) {
    if (error instanceof ToeditError && error.code === 'FILE_CORRUPT') return inspectParquet(path);
    throw error;
  }
}

/** The codec and the size of row groups; codecs that cannot be written are left open. */
function layoutOf({ compression, rowGroups }: ParquetFooter): ParquetWriteOptions {
  const rowGroupRows = Math.max(0, ...rowGroups.map(({ rows }) => rows));
  return { compression, ...(rowGroupRows > 0 ? { rowGroupRows } : {}) };
}

function sharedOutput(name: string, other: string, output: string): ToeditError {
  return new ToeditError(
    'BAD_OPTION',
    `${other} and ${name} would both be written to ${output}; leave the format as it is, or rename one`,
    { place: { file: name } },
  );
}
