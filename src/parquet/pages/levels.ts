import { NotRead } from '../../errors.ts';
import type { Leaf } from '../footer/column-chunk.ts';
import type { DataPageHeader } from './page-header.ts';
import { decodeRuns, encodeRuns } from './run-lengths.ts';

/** Levels of a page, one an entry; empty where the leaf's maximum is 0. */
export interface Levels {
  readonly repetitionLevels: Uint8Array;
  readonly definitionLevels: Uint8Array;
}

/** Levels and the bytes that follow them. */
export interface SplitBody extends Levels {
  readonly values: Uint8Array;
}

/** Encodings.md: RLE, the only one that levels still have; BIT_PACKED is 4. */
const runsEncoding = 3;
const lengthBytes = 4;

const bitPackedEncoding = 4;
const bitPacked =
  'the levels of a page are bit-packed (BIT_PACKED), which toedit cannot read; write the file again with a writer of these years';

/**
 * Takes the levels off a data page v1: each kind behind its length, repetition first.
 *
 * @param body - not compressed.
 * @throws Error where they are damaged; NotRead where they are bit-packed without runs, which nothing has written for ten years.
 */
export function splitLevelsV1(leaf: Leaf, content: DataPageHeader, body: Uint8Array): SplitBody {
  let rest = body;
  const next = (most: number, encoding: number | undefined): Uint8Array => {
    if (most === 0) return empty;
    if (encoding !== undefined && encoding !== runsEncoding) {
      if (encoding === bitPackedEncoding) throw new NotRead(bitPacked);
      throw new Error(`its levels have encoding ${encoding}, which does not exist for them`);
    }
    const size = lengthBytes + lengthAt(rest);
    if (size > rest.length) throw new Error('its levels end too early');
    const levels = decodeLevels(rest.subarray(lengthBytes, size), most, content.entries);
    rest = rest.subarray(size);
    return levels;
  };
  const repetitionLevels = next(leaf.maxRepetitionLevel, content.repetitionEncoding);
  const definitionLevels = next(leaf.maxDefinitionLevel, content.definitionEncoding);
  return { repetitionLevels, definitionLevels, values: rest };
}

/**
 * Takes the levels off a data page v2, where they are not compressed and their lengths in the header.
 *
 * @throws Error where they are damaged.
 */
export function splitLevelsV2(leaf: Leaf, content: DataPageHeader, body: Uint8Array): SplitBody {
  const { entries, repetitionBytes, definitionBytes } = content;
  const levelBytes = repetitionBytes + definitionBytes;
  const decode = (most: number, start: number, end: number): Uint8Array =>
    most === 0 ? empty : decodeLevels(body.subarray(start, end), most, entries);
  return {
    repetitionLevels: decode(leaf.maxRepetitionLevel, 0, repetitionBytes),
    definitionLevels: decode(leaf.maxDefinitionLevel, repetitionBytes, levelBytes),
    values: body.subarray(levelBytes),
  };
}

const empty = new Uint8Array(0);

function lengthAt(bytes: Uint8Array): number {
  if (bytes.length < lengthBytes) throw new Error('its levels end too early');
  return new DataView(bytes.buffer, bytes.byteOffset, lengthBytes).getUint32(0, true);
}

function decodeLevels(bytes: Uint8Array, most: number, entries: number): Uint8Array {
  const levels = new Uint8Array(entries);
  decodeRuns(bytes, bitWidth(most), levels);
  for (const level of levels) {
    if (level > most) throw new Error(`a level is ${level}, over its maximum ${most}`);
  }
  return levels;
}

/** Runs of the levels; no bytes where the leaf's maximum is 0. */
export function encodeLevels(levels: Uint8Array, most: number): Uint8Array {
  return most === 0 ? empty : encodeRuns(levels, bitWidth(most));
}

/** The runs behind their length, as a data page v1 has them; no bytes where the leaf's maximum is 0. */
export function withLength(runs: Uint8Array, most: number): Uint8Array {
  if (most === 0) return empty;
  const output = Buffer.allocUnsafe(lengthBytes + runs.length);
  output.writeUInt32LE(runs.length, 0);
  output.set(runs, lengthBytes);
  return output;
}

function bitWidth(most: number): number {
  return 32 - Math.clz32(most);
}

/** How many entries have a value. */
export function presentCount(leaf: Leaf, { definitionLevels }: Levels, entries: number): number {
  return leaf.maxDefinitionLevel === 0
    ? entries
    : countOf(definitionLevels, leaf.maxDefinitionLevel);
}

/** How many records begin in the page. */
export function rowCount(leaf: Leaf, { repetitionLevels }: Levels, entries: number): number {
  return leaf.maxRepetitionLevel === 0 ? entries : countOf(repetitionLevels, 0);
}

function countOf(levels: Uint8Array, wanted: number): number {
  let count = 0;
  for (const level of levels) if (level === wanted) count++;
  return count;
}
