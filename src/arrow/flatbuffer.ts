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

/** What the reference at a position points at: further on, so that references never go in circles. */
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
