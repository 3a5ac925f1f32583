import { type Data, DataType, type Union, UnionMode } from 'apache-arrow';
import { viewLayout } from '../byte-cells.ts';

const { bytes: viewBytes, inlineBytes } = viewLayout;

/** True where each view of Utf8View or BinaryView data lies in a buffer that is there. */
export function areViewsInside(data: Data): boolean {
  const values = data.values as Uint8Array | undefined;
  if (values === undefined || values.length < data.length * viewBytes) return data.length === 0;
  const cells = new DataView(values.buffer, values.byteOffset, values.byteLength);
  for (let row = 0; row < data.length; row++) {
    if (data.getValid(row) && !isViewInside(cells, row * viewBytes, data)) return false;
  }
  return true;
}

function isViewInside(cells: DataView, at: number, { variadicBuffers }: Data): boolean {
  const size = cells.getInt32(at, true);
  if (size <= inlineBytes) return size >= 0;
  const buffer = variadicBuffers[cells.getInt32(at + 8, true)];
  const start = cells.getInt32(at + 12, true);
  return buffer !== undefined && start >= 0 && start + size <= buffer.length;
}

/** True where each row of union data has a type of the union, and a value in that type's child. */
export function areUnionRowsInside(data: Data): boolean {
  const { length, children } = data;
  const { mode, typeIdToChildIndex } = data.type as Union;
  const isDense = mode === UnionMode.Dense;
  const offsets = isDense ? data.valueOffsets : undefined;
  if (data.typeIds.length < length || (isDense && data.valueOffsets.length < length)) return false;
  for (let row = 0; row < length; row++) {
    const child = children[typeIdToChildIndex[data.typeIds[row]] ?? -1];
    const at = offsets === undefined ? row : Number(offsets[row]);
    if (child === undefined || at < 0 || at >= child.length) return false;
  }
  return true;
}

/** True of a type whose unit, precision or mode is a number that Schema.fbs does not name, at any depth. */
export function hasUnknownUnit(type: DataType): boolean {
  if (DataType.isDictionary(type)) return hasUnknownUnit(type.dictionary as DataType);
  const children = (type.children as { readonly type: DataType }[] | null) ?? [];
  if (children.length > 0) return children.some((child) => hasUnknownUnit(child.type));
  // apache-arrow names a unit by its number.
  return String(type).includes('<undefined');
}
