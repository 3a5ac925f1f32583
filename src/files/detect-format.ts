import { peek } from '../compression/byte-stream.ts';
import { type Compression, compressionOf, decompress } from '../compression/decompress.ts';
import { corruptFile, ToeditError } from '../errors.ts';
import { skipBlank } from '../text/utf8.ts';
import { foreignFormatOf } from './foreign-formats.ts';
import { readBytes } from './read-bytes.ts';

/** What a file is. Only JSON Lines are compressed as a whole; the other formats compress inside. */
export interface FileFormat {
  readonly kind: 'parquet' | 'arrow-file' | 'arrow-stream' | 'jsonl' | 'zip';
  readonly compression: Compression;
}

/**
 * Recognises a file by its first bytes, not by its name: `PAR1`, `ARROW1`, the continuation marker of an Arrow stream,
 * a ZIP header, or, after blank lines and decompressed where it is gzip or zstd, the brace of a JSON object. Nothing but
 * blank lines is JSON Lines, too; so is nothing at all, where the name says so. What is recognised may still be damaged.
 *
 * @param input - a path, or the file's bytes, of which no more are read than it takes.
 * @param name - of the file, for messages.
 * @throws ToeditError `FORMAT_UNKNOWN`; `FILE_CORRUPT` where there is no byte of another file, or compressed data cannot be read;
 * `FILE_UNREADABLE`.
 */
export async function detectFormat(
  input: string | AsyncIterable<Uint8Array>,
  name: string = typeof input === 'string' ? input : 'the input',
): Promise<FileFormat> {
  const { head, bytes } = await peek(typeof input === 'string' ? readBytes(input) : input, 8);
  try {
    if (head.length === 0 && !isNamedJsonLines.test(name)) throw emptyFile(name);
    const kind = kindOf(head);
    if (kind !== undefined) return { kind, compression: 'none' };
    const plain = await peek(decompress(bytes, name), peekedBytes);
    await plain.bytes.return?.();
    const isLine = isBlankOrObject(plain.head);
    const compression = compressionOf(head);
    if (isLine) return { kind: 'jsonl', compression };
    throw unknownFormat(name, plain.head, compression);
  } finally {
    await bytes.return?.();
  }
}

/** Other formats have bytes even of no row, so that a file of none is what a failed write has left. */
const isNamedJsonLines = /\.(jsonl|ndjson|json)$/iu;

/** Enough to get past blank lines at the beginning. */
const peekedBytes = 4096;

function kindOf(head: Uint8Array): FileFormat['kind'] | undefined {
  const text = Buffer.from(head).toString('latin1');
  // Where its footer is encrypted, it is PARE.
  if (/^PAR[1E]/.test(text)) return 'parquet';
  if (text.startsWith('ARROW1')) return 'arrow-file';
  if (text.startsWith('\xff\xff\xff\xff')) return 'arrow-stream';
  return /^PK(\x03\x04|\x05\x06|\x07\x08)/.test(text) ? 'zip' : undefined;
}

function isBlankOrObject(bytes: Uint8Array): boolean {
  const at = skipBlank(bytes, 0);
  return at === bytes.length || bytes[at] === 0x7b;
}

function emptyFile(name: string): ToeditError {
  const problem = ' is empty (0 bytes), which no format allows; write it again or remove it';
  return corruptFile({ file: name }, problem);
}

function unknownFormat(name: string, bytes: Uint8Array, compression: Compression): ToeditError {
  const head = Buffer.from(bytes.subarray(0, 16));
  const text = head.toString('latin1').replace(/[^\x20-\x7e]/g, '.');
  const hex = head
    .subarray(0, 8)
    .toString('hex')
    .replace(/..(?=.)/g, '$& ');
  const remedy =
    foreignFormatOf(name, bytes) ??
    'Parquet, Arrow IPC (file or stream), JSON Lines (plain, gzip or zstd) and ZIP archives of these are read';
  const within = compression === 'none' ? '' : `, inside ${compression},`;
  return new ToeditError(
    'FORMAT_UNKNOWN',
    `${name} is in no format that is read: it begins${within} with ${hex} ("${text}"); ${remedy}`,
    { place: { file: name } },
  );
}
