import { DataType, type Field, type Schema } from 'apache-arrow';

/**
 * A string that two types share just where their data is laid out and read alike: apache-arrow's own comparison leaves
 * out precision and scale of decimals. Metadata and the numbers of dictionaries do not count.
 */
function typeSignature(type: DataType): string {
  const children = childrenOf(type).map(fieldSignature).join(', ');
  return `${String(type)}${parametersOf(type)}${children === '' ? '' : `{${children}}`}`;
}

/** As `typeSignature`, of a field: its name, nullability and type. */
export function fieldSignature(field: Field): string {
  return `${JSON.stringify(field.name)}: ${typeSignature(field.type)}${field.nullable ? '?' : ''}`;
}

/** As `typeSignature`, of the columns of a schema in their order. */
export function schemaSignature(schema: Schema): string {
  return schema.fields.map(fieldSignature).join(', ');
}

function childrenOf(type: DataType): readonly Field[] {
  // Types without children have null there, against what apache-arrow declares.
  return (type.children as Field[] | null) ?? [];
}

/** What the type's own string leaves out. */
function parametersOf(type: DataType): string {
  if (DataType.isDecimal(type)) return `:${type.bitWidth}`;
  if (DataType.isMap(type)) return `:${type.keysSorted}`;
  if (DataType.isUnion(type)) return `:${type.mode}:${type.typeIds.join()}`;
  if (!DataType.isDictionary(type)) return '';
  return `:${type.isOrdered}(${typeSignature(type.dictionary)})`;
}
