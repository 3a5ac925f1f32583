import { BufferType, Data, type Struct } from 'apache-arrow';

/**
 * Struct data from its children, one a field of the type and in its order, all of `length` items.
 *
 * @param validity - one bit a struct, 1 where it is not null; undefined where none is null.
 * @throws RangeError where the children are not the type's in number or length.
 */
export function structData(
  type: Struct,
  { length, children }: { readonly length: number; readonly children: readonly Data[] },
  validity?: Uint8Array,
): Data<Struct> {
  if (children.length !== type.children.length || children.some((c) => c.length !== length)) {
    throw new RangeError(`a struct of ${type.children.length} fields needs children of ${length}`);
  }
  const buffers = { [BufferType.VALIDITY]: validity ?? new Uint8Array(0) };
  return new Data(type, 0, length, validity === undefined ? 0 : -1, buffers, [...children]);
}
