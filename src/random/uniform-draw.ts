import { createHash } from 'node:crypto';
import { type Data, DataType, type RecordBatch, Vector } from 'apache-arrow';
import { isBytesLike } from '../arrow/byte-cells.ts';
import { columnOf } from '../arrow/columns.ts';
import { textColumn } from '../arrow/text-column.ts';
import { ToeditError } from '../errors.ts';
import { requireSeed } from '../options.ts';
import { philox4x32 } from './philox.ts';

/** The draw that belongs to a token of a document: a number in [0, 1). Position counts tokens from 0. */
export type UniformDraw = (document: DocumentKey, position: number) => number;

/**
 * The uniform draws of a seed: the same seed, document key and position give the same number, whatever else is drawn.
 *
 * A draw is 53 bits of Philox4x32-10 under the key (seed low, seed high), at the counter (document key low, document
 * key high, position, 0): `((w0 >> 5) * 2^26 + (w1 >> 6)) / 2^53`. Specification: docs/algorithm.md.
 *
 * @param seed - an unsigned 64-bit number
 * @param stream - the last counter word, which keeps kinds of draws apart: one of {@link drawStreams}
 * @throws ToeditError `BAD_OPTION` where the seed is outside 0 to 2^64 - 1
 */
export function uniformDraw(seed: bigint, stream: number = drawStreams.resampling): UniformDraw {
  requireSeed(seed);
  const key = Uint32Array.of(Number(seed & 0xffffffffn), Number(seed >> 32n));
  const counter = new Uint32Array(4);
  const words = new Uint32Array(4);
  return (document, position) => {
    counter[0] = document.low;
    counter[1] = document.high;
    counter[2] = position;
    counter[3] = stream;
    philox4x32(counter, key, words);
    const high = (words[0] ?? 0) >>> 5;
    const low = (words[1] ?? 0) >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  };
}

/** Kinds of draws: at the same place they have nothing to do with one another. */
export const drawStreams = { resampling: 0, selection: 1 } as const;

/** The 64 bits that stand for a document in its draws, as two unsigned 32-bit words. */
export interface DocumentKey {
  readonly low: number;
  readonly high: number;
}

/**
 * The key of a document, or of the value that names it: the first 8 bytes of the SHA-256 (FIPS 180-4) of its bytes,
 * read as a little-endian number. So `low` is bytes 0 to 3, `high` bytes 4 to 7.
 */
export function documentKey(bytes: Uint8Array): DocumentKey {
  const digest = createHash('sha256').update(bytes).digest();
  return { low: digest.readUInt32LE(0), high: digest.readUInt32LE(4) };
}

/**
 * The bytes of a column's values that key draws, by row; undefined where null. Strings and binary values give their
 * bytes, whole numbers of any width their decimal text in ASCII: so "12" and 12 are the same key.
 *
 * @throws ToeditError `COLUMN_MISSING`, or `COLUMN_TYPE` for any other type.
 */
export function keyColumn(
  batch: RecordBatch,
  name: string,
): (row: number) => Uint8Array | undefined {
  const { data } = columnOf(batch, name);
  const { type } = data;
  if (DataType.isInt(type)) return decimalBytes(data);
  if (!isBytesLike(type)) {
    throw new ToeditError(
      'COLUMN_TYPE',
      `key column ${JSON.stringify(name)} is ${String(type)}: choose one of strings, binary values or whole numbers`,
    );
  }
  const text = textColumn(batch, name);
  return (row) => (text.isNull(row) ? undefined : text.bytes(row));
}

function decimalBytes(data: Data): (row: number) => Uint8Array | undefined {
  const values = new Vector([data]);
  const encoder = new TextEncoder();
  return (row) => {
    const value = values.get(row) as number | bigint | null;
    return value === null ? undefined : encoder.encode(String(value));
  };
}
