import { readJsonl } from '../../operators/formats/read-jsonl.ts';
import { type DataMember, readZip, type ZipMember } from '../../operators/formats/read-zip.ts';
import { readArrowFile } from '../../src/arrow/ipc/read-arrow.ts';
import { ToeditError } from '../../src/errors.ts';
import { detectFormat, type FileFormat } from '../../src/files/detect-format.ts';
import type { InputFile } from '../../src/files/find-files.ts';
import { readBytes } from '../../src/files/read-bytes.ts';
import { type CopyPlace, withCopy } from '../../src/files/with-copy.ts';
import { reopened, type Source } from '../../src/operator.ts';
import { readFileMetadata } from '../../src/parquet/footer/file-metadata.ts';
import { parquetFooter } from '../../src/parquet/read-parquet-footer.ts';
import type { Task } from '../../src/run/manifest/manifest.ts';
import { plannedObject } from '../../src/run/manifest/plan-tasks.ts';
import { isAddress } from '../../src/stores/address.ts';
import { nameInError, nameInErrors } from '../../src/zip/read-zip-directory.ts';
import type { CorpusOptions } from '../stages/corpus-options.ts';
import { outputPath } from '../stages/output-path.ts';
import { convertible } from './convertible.ts';
import { counter } from './input-extent.ts';
import { partLimits } from './memory-bounds.ts';
import { jsonlOptions, type OpenedInput, withTexts } from './open-texts.ts';

/** A member of an archive that is not opened. */
export type UnopenedInput = Exclude<ZipMember, { readonly status: 'data' }>;

/** What {@link openInput} opens. */
export interface InputToOpen
  extends Pick<InputFile, 'path' | 'relativePath'>,
    Partial<Pick<Task, 'format' | 'bytes' | 'fingerprint'>> {
  /** Where an object of a store is copied to, and stays where it is not read to its end. @defaultValue a temporary directory */
  readonly copies?: CopyPlace | undefined;
}

/**
 * Opens an input by its content: a file gives one, an archive one a member. An object of a store is copied to a file first, which goes
 * when it has been read.
 *
 * @param input - with its format, size and fingerprint, where they are known.
 * @throws ToeditError where the file, or the archive as a whole, cannot be opened; of an object as `copyObject`.
 */
export async function* openInput(
  input: InputToOpen,
  options: CorpusOptions,
): AsyncGenerator<OpenedInput | UnopenedInput> {
  const open = async function* (path: string): AsyncGenerator<OpenedInput | UnopenedInput, void> {
    const format = input.format ?? (await detectFormat(path, input.path));
    const readable = { ...input, path, name: input.path, format };
    yield* format.kind === 'zip' ? openArchive(readable, options) : openFile(readable, options);
  };
  if (!isAddress(input.path)) return yield* open(input.path);
  const { signal, stop } = options;
  yield* withCopy({ ...input, url: input.path, facts: plannedObject(input), signal, stop }, open);
}

/** A file, or the copy of an object. */
interface ReadableFile extends Pick<InputFile, 'path' | 'relativePath'> {
  readonly name: string;
  readonly format: FileFormat;
  readonly bytes?: number | undefined;
}

async function* openFile(
  { path, name, relativePath, format, bytes: size }: ReadableFile,
  options: CorpusOptions,
): AsyncGenerator<OpenedInput> {
  const extent = { compressedBytes: null, bytes: size ?? null, bytesRead: 0 };
  const source = reopened(() => named(sourceOf({ path, format, extent }, options), path, name));
  const bytes = (): AsyncIterable<Uint8Array> => readBytes(path);
  const layout = await layOut(format, path, options).catch((error: unknown) => {
    throw nameInError(error, path, name);
  });
  const readable = { name, format, path, source, bytes, extent, ...layout };
  yield { status: 'data', relativePath, ...withTexts(readable, options) };
}

/** The same record batches, of a copy with the name of its object in errors. */
function named(source: Source, path: string, name: string): Source {
  return path === name ? source : nameInErrors(source, path, name);
}

async function* openArchive(
  { path, name: archive, relativePath }: ReadableFile,
  options: CorpusOptions,
): AsyncGenerator<OpenedInput | UnopenedInput, void> {
  const outputs = new Map<string, string>();
  const { signal } = options;
  for await (const member of readZip(path, {
    name: archive,
    jsonl: jsonlOptions(options),
    maxBatchBytes: partLimits(options.maxTextBytes)?.batchBytes,
    signal,
  })) {
    const name = `${archive}/${member.name}`;
    if (member.status !== 'data') {
      yield { ...member, name };
      continue;
    }
    const opened = { ...member, name, relativePath: `${relativePath}/${member.name}` };
    const output = outputPath(opened, options);
    const other = outputs.get(output);
    outputs.set(output, name);
    if (other === undefined) yield await openMember(opened, options);
    else yield { status: 'failed', name, error: sharedOutput(name, other, output) };
  }
}

async function openMember(
  member: DataMember & Pick<OpenedInput, 'relativePath'>,
  options: CorpusOptions,
): Promise<OpenedInput | UnopenedInput> {
  const { path, name, format, size, compressedSize: compressedBytes } = member;
  const isCounted = path !== null || format.kind === 'jsonl';
  const extent = { compressedBytes, bytes: isCounted ? size : null, bytesRead: 0 };
  try {
    const source =
      path === null
        ? member.source
        : reopened(() => nameInErrors(sourceOf({ path, format, extent }, options), path, name));
    const readable = { ...member, source, extent, ...(await layOut(format, path, options)) };
    return { ...member, ...withTexts(readable, options) };
  } catch (cause) {
    const error = path === null ? cause : nameInError(cause, path, name);
    if (error instanceof ToeditError) return { status: 'failed', name, error };
    throw error;
  }
}

function sourceOf(
  { path, format, extent }: Pick<OpenedInput, 'format' | 'extent'> & { readonly path: string },
  options: CorpusOptions,
): Source {
  const { signal, maxTextBytes } = options;
  switch (format.kind) {
    case 'parquet':
      return convertible(path, options);
    case 'jsonl':
      return readJsonl(path, jsonlOptions(options));
    case 'arrow-file':
    case 'arrow-stream':
      return readArrowFile({
        ...{ file: path, signal, maxBatchBytes: partLimits(maxTextBytes)?.batchBytes },
        onRead: counter(extent),
      });
    case 'zip':
      throw new Error(`${path} is an archive: its members are read`);
  }
}

/** What the footer of a Parquet file says, for progress and for an output like the input. */
async function layOut(
  { kind }: FileFormat,
  path: string | null,
  { maxTextBytes }: CorpusOptions,
): Promise<Pick<OpenedInput, 'rows' | 'parquet' | 'footer'>> {
  if (kind !== 'parquet' || path === null) return { rows: null, parquet: null, footer: null };
  const maxPageBytes = partLimits(maxTextBytes)?.pageBytes;
  const footer = { ...(await readFileMetadata(path)), maxPageBytes };
  const { rows, compression, rowGroups } = parquetFooter(footer);
  const rowGroupRows = Math.max(0, ...rowGroups.map((rowGroup) => rowGroup.rows));
  // Codecs that cannot be written are left open.
  const parquet = { compression, ...(rowGroupRows > 0 ? { rowGroupRows } : {}) };
  return { rows, parquet, footer };
}

function sharedOutput(name: string, other: string, output: string): ToeditError {
  return new ToeditError(
    'BAD_OPTION',
    `${other} and ${name} would both be written to ${output}; leave the format as it is, or rename one`,
    { place: { file: name } },
  );
}
