import {
  Data,
  type DataType,
  makeData,
  RecordBatch,
  type Schema,
  Struct,
  Vector,
} from 'apache-arrow';
import { readArrowMessages } from '../../arrow/ipc/decode-batches.ts';
import type { IpcMessage } from '../../arrow/ipc/messages.ts';
import { corruptFile } from '../../errors.ts';
import { committedParts, type Segment, type SegmentBatch } from './scan-segment.ts';

/**
 * Decodes the record batches of a run, one at a time, under the segment's own schema.
 *
 * @throws ToeditError `FILE_UNREADABLE`, or `FILE_CORRUPT` where they are no longer all there.
 */
export function readRun(run: Run): AsyncGenerator<RecordBatch> {
  return readArrowMessages(messagesOf(run), { file: run.path });
}

/** The messages of a stream that has just the run's record batches, with all dictionaries up to them. */
async function* messagesOf({ path, first, batches }: Run): AsyncGenerator<IpcMessage> {
  const end = first + batches.length;
  let index = 0;
  for await (const { messages } of committedParts(path)) {
    for (const message of messages) {
      const isBatch = message.message.isRecordBatch();
      if (!isBatch || index >= first) yield message;
      if (isBatch) index++;
    }
    if (index === end) return;
  }
  const problem = ` no longer holds record batch ${index}, which was committed`;
  const remedy = 'run the same command again to make it again';
  throw corruptFile({ file: path, recordBatch: index }, `${problem}; ${remedy}`);
}

/** Neighbouring record batches of one segment. */
export interface Run {
  readonly path: string;
  /** The first of them, of the segment's record batches from 0. */
  readonly first: number;
  readonly batches: SegmentBatch[];
}

/** A record batch, and where it lies. */
interface Step {
  readonly path: string;
  /** Of the segment's record batches, from 0. */
  readonly index: number;
  readonly batch: SegmentBatch;
}

/**
 * Finds whole record batches that follow one another from row 0 as far as they reach. Segments overlap where a process that
 * was taken for dead continued; each began where a chain of whole batches ended, so no batch need be cut.
 *
 * @returns nothing where there is no batch at all; the one batch of no rows where there is no other.
 */
export function planReplay(segments: readonly Segment[]): Run[] {
  const steps = segments.flatMap(({ path, batches }) =>
    batches.map((batch, index): Step => ({ path, index, batch })),
  );
  const chain = longestChain(steps.filter(({ batch }) => batch.end > batch.begin));
  return runsOf(chain.length > 0 ? chain : emptyStep(steps));
}

/** A batch of no rows at row 0: one with counters before those that only begin a segment. */
function emptyStep(steps: readonly Step[]): Step[] {
  const empty = steps.filter(({ batch }) => batch.end === 0);
  const counted = empty.filter(({ batch }) => batch.counts !== undefined);
  return [...counted, ...empty].slice(0, 1);
}

function longestChain(steps: readonly Step[]): Step[] {
  const byBegin = [...steps].sort((a, b) => a.batch.begin - b.batch.begin);
  const arrivals = new Map<number, Step>();
  let furthest = 0;
  for (const step of byBegin) {
    const { begin, end } = step.batch;
    if ((begin > 0 && !arrivals.has(begin)) || arrivals.has(end)) continue;
    arrivals.set(end, step);
    furthest = Math.max(furthest, end);
  }
  const chain: Step[] = [];
  for (let step = arrivals.get(furthest); step; step = arrivals.get(step.batch.begin)) {
    chain.push(step);
  }
  return chain.reverse();
}

function runsOf(steps: readonly Step[]): Run[] {
  const runs: Run[] = [];
  for (const step of steps) addBatch(runs, step);
  return runs;
}

/** Puts one more record batch at the end of the runs. */
export function addBatch(runs: Run[], { path, index, batch }: Step): void {
  const last = runs.at(-1);
  if (last?.path === path && last.first + last.batches.length === index) last.batches.push(batch);
  else runs.push({ path, first: index, batches: [batch] });
}

/**
 * Lets record batches that follow one another share their dictionaries where these have the same bytes, as if one process
 * had read them: each segment holds its own, and whether batches share one decides how they are merged.
 */
export function shareDictionaries(): (batch: RecordBatch) => RecordBatch {
  const known = new Map<string, Vector>();
  const share = (data: Data, place: string): Data => {
    const dictionary = data.dictionary && shared(known.get(place), data.dictionary);
    if (dictionary !== undefined) known.set(place, dictionary);
    const { type, offset, length, nullCount, variadicBuffers } = data;
    const children = data.children.map((child, i) => share(child, `${place}.${i}`));
    return new Data(type, offset, length, nullCount, data, children, dictionary, variadicBuffers);
  };
  return (batch) => {
    const { schema, numRows: length, metadata } = batch;
    const children = batch.data.children.map((child, i) => share(child, String(i)));
    const type = new Struct(schema.fields);
    return new RecordBatch(schema, makeData({ type, length, nullCount: 0, children }), metadata);
  };
}

/** The dictionary with each chunk that the one before has, too, taken from there. */
function shared(before: Vector | undefined, dictionary: Vector): Vector {
  const chunks = (dictionary.data as readonly Data[]).map((chunk, i) => {
    const other = before?.data[i] as Data | undefined;
    return other !== undefined && isSame(other, chunk) ? other : chunk;
  });
  const isAll =
    before?.data.length === chunks.length && chunks.every((c, i) => c === before.data[i]);
  return isAll ? before : new Vector(chunks);
}

function isSame(one: Data, other: Data): boolean {
  if (one === other) return true;
  if (one.length !== other.length || one.children.length !== other.children.length) return false;
  const buffers = buffersOf(one);
  const others = buffersOf(other);
  return (
    buffers.length === others.length &&
    buffers.every((buffer, i) => bytesOf(buffer).equals(bytesOf(others[i]))) &&
    one.children.every((child, i) => isSame(child, other.children[i] as Data))
  );
}

function buffersOf({ buffers, variadicBuffers }: Data): (ArrayBufferView | undefined)[] {
  return [...(buffers as unknown as readonly (ArrayBufferView | undefined)[]), ...variadicBuffers];
}

function bytesOf(buffer: ArrayBufferView | undefined): Buffer {
  if (buffer === undefined) return Buffer.alloc(0);
  return Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/**
 * The record batch under an equal schema that another process wrote, down to the types of its data: dictionaries are
 * numbered by process, and their numbers distinguish them. Nothing is copied.
 */
export function underSchema(schema: Schema, batch: RecordBatch): RecordBatch {
  const children = batch.data.children.map((child, index) =>
    retype(child, (schema.fields[index]?.type as DataType | undefined) ?? child.type),
  );
  const type = new Struct(schema.fields);
  const data = makeData({ type, length: batch.numRows, nullCount: 0, children });
  return new RecordBatch(schema, data, batch.metadata);
}

function retype(data: Data, type: DataType): Data {
  const { offset, length, nullCount, dictionary, variadicBuffers } = data;
  const children = data.children.map((child, index) =>
    retype(child, (type.children[index]?.type as DataType | undefined) ?? child.type),
  );
  return new Data(type, offset, length, nullCount, data, children, dictionary, variadicBuffers);
}
