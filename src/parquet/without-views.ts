import {
  Binary,
  DataType,
  Field,
  FixedSizeList,
  LargeList,
  List,
  Map_,
  Schema,
  Struct,
  Utf8,
} from 'apache-arrow';

/**
 * The schema that the record batches of a Parquet file have. Where the file's ARROW:schema says string_view or binary_view,
 * so does parquet-wasm's schema; its batches hold utf8 and binary there.
 */
export function withoutViews(schema: Schema): Schema {
  return new Schema(schema.fields.map(fieldWithoutViews), schema.metadata);
}

function fieldWithoutViews<T extends DataType>({ name, type, nullable, metadata }: Field<T>) {
  return new Field<DataType>(name, typeWithoutViews(type), nullable, metadata);
}

function typeWithoutViews(type: DataType): DataType {
  if (DataType.isUtf8View(type)) return new Utf8();
  if (DataType.isBinaryView(type)) return new Binary();
  // Types without children have null there, against what apache-arrow declares.
  const children = (type.children as Field<DataType>[] | null)?.map(fieldWithoutViews) ?? [];
  if (DataType.isStruct(type)) return new Struct(children);
  const [child] = children;
  if (child === undefined) return type;
  if (DataType.isList(type)) return new List(child);
  if (DataType.isLargeList(type)) return new LargeList(child);
  if (DataType.isFixedSizeList(type)) return new FixedSizeList(type.listSize, child);
  return DataType.isMap(type) ? new Map_(child as never, type.keysSorted) : type;
}
