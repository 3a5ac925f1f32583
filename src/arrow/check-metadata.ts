import { flatTable, flatVector, target } from './flatbuffer.ts';

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
