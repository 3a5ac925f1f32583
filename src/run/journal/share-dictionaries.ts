import { Data, makeData, RecordBatch, Struct, Vector } from 'apache-arrow';

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
