/** What a slot of a table refers to; scalars are left out. A union's kind is in the slot before it. */
type Slot =
  | { readonly itemBytes: number }
  | { readonly table: () => Shape }
  | { readonly tables: () => Shape }
  | { readonly union: ReadonlyMap<number, () => Shape> };

/** The slots of a table that refer to something. */
type Shape = ReadonlyMap<number, Slot>;

const text: Slot = { itemBytes: 1 };
const keyValue: Shape = new Map([
  [0, text],
  [1, text],
]);
const keyValues: Slot = { tables: () => keyValue };

/** Schema.fbs, Type: those that have more than scalars. */
const types = new Map<number, () => Shape>([
  [10, () => new Map([[1, text]])], // Timestamp: timezone
  [14, () => new Map([[1, { itemBytes: 4 }]])], // Union: typeIds
]);
const dictionary: Shape = new Map([[1, { table: () => new Map() }]]);
const field: Shape = new Map<number, Slot>([
  [0, text],
  [3, { union: types }],
  [4, { table: () => dictionary }],
  [5, { tables: () => field }],
  [6, keyValues],
]);
const schema: Shape = new Map<number, Slot>([
  [1, { tables: () => field }],
  [2, keyValues],
  [3, { itemBytes: 8 }],
]);
const recordBatch: Shape = new Map<number, Slot>([
  [1, { itemBytes: 16 }],
  [2, { itemBytes: 16 }],
  [3, { table: () => new Map() }],
  [4, { itemBytes: 8 }],
]);
const dictionaryBatch: Shape = new Map([[1, { table: () => recordBatch }]]);
const message: Shape = new Map<number, Slot>([
  [
    2,
    {
      union: new Map([
        [1, () => schema],
        [2, () => dictionaryBatch],
        [3, () => recordBatch],
      ]),
    },
  ],
  [4, keyValues],
]);

const blocks: Slot = { itemBytes: 24 };
const footer: Shape = new Map<number, Slot>([
  [1, { table: () => schema }],
  [2, blocks],
  [3, blocks],
  [4, keyValues],
]);

/** The root tables of Arrow IPC: of a message (Message.fbs), and of a file's footer (File.fbs). */
const roots = { message, footer } as const;

/**
 * Checks that all that Arrow IPC metadata refers to lies within it. apache-arrow reads it unchecked: a flipped bit in a
 * vector's length makes it read for minutes.
 *
 * @throws Error saying so.
 */
export function checkMetadata(metadata: Uint8Array, root: keyof typeof roots): void {
  const view = new DataView(metadata.buffer, metadata.byteOffset, metadata.byteLength);
  // Tables may be shared, so even forward references could be walked without end.
  let left = metadata.byteLength;
  const walk = (at: number, shape: Shape): void => {
    if (left-- === 0) throw new Error('its metadata refers to itself too often');
    const table = flatTable(view, at);
    for (const [index, slot] of shape) {
      const position = table.slot(index);
      if (position === undefined) continue;
      if ('itemBytes' in slot) flatVector(view, position, slot.itemBytes);
      else if ('table' in slot) walk(target(view, position), slot.table());
      else if ('union' in slot) walkUnion(slot.union, table.slot(index - 1), position);
      else walkAll(slot.tables(), position);
    }
  };
  const walkAll = (shape: Shape, position: number): void => {
    const { start, length } = flatVector(view, position, 4);
    for (let i = 0; i < length; i++) walk(target(view, start + i * 4), shape);
  };
  const walkUnion = (
    union: ReadonlyMap<number, () => Shape>,
    kind: number | undefined,
    position: number,
  ): void => {
    const shape = kind === undefined ? undefined : union.get(view.getUint8(kind));
    walk(target(view, position), shape?.() ?? new Map<number, Slot>());
  };
  walk(target(view, 0), roots[root]);
}

/** Reads a flatbuffer table by its slots; every position is one in the buffer's bytes. */
export interface FlatTable {
  /** Where the table begins. */
  readonly at: number;
  /** Where a slot's own value lies; undefined where it is left out. */
  slot(index: number): number | undefined;
}

/** A vector's first item, and how many it has. */
export interface FlatVector {
  readonly start: number;
  readonly length: number;
}

/**
 * The table at a position, or the root table.
 *
 * @throws Error where it lies outside the buffer.
 */
export function flatTable(view: DataView, at: number = target(view, 0)): FlatTable {
  const vtable = at - int32(view, at);
  const size = uint16(view, vtable);
  const tableSize = uint16(view, vtable + 2);
  if (vtable < 0 || vtable + size > view.byteLength || at + tableSize > view.byteLength) {
    throw outside();
  }
  const slot = (index: number): number | undefined => {
    const entry = 4 + index * 2;
    const offset = entry + 2 <= size ? uint16(view, vtable + entry) : 0;
    return offset === 0 ? undefined : at + offset;
  };
  return { at, slot };
}

/**
 * What the reference at a position points at: further on, so that references never go in circles.
 *
 * @throws Error where it lies outside the buffer.
 */
export function target(view: DataView, position: number): number {
  const distance = int32(view, position);
  if (distance < 4 || position + distance + 4 > view.byteLength) throw outside();
  return position + distance;
}

/**
 * The vector, or string, that the reference at a position points at.
 *
 * @throws Error where it lies outside the buffer.
 */
export function flatVector(view: DataView, position: number, itemBytes: number): FlatVector {
  const at = target(view, position);
  const length = int32(view, at);
  const start = at + 4;
  if (length < 0 || start + length * itemBytes > view.byteLength) throw outside();
  return { start, length };
}

function int32(view: DataView, at: number): number {
  if (at < 0 || at + 4 > view.byteLength) throw outside();
  return view.getInt32(at, true);
}

function uint16(view: DataView, at: number): number {
  if (at < 0 || at + 2 > view.byteLength) throw outside();
  return view.getUint16(at, true);
}

function outside(): Error {
  return new Error('its metadata points outside itself');
}
