import { DataType, type Field } from 'apache-arrow';
import { itemsOf, literalOf, membersOf, type PlacedValue, textOf } from './see-fields.ts';

/** A JSON value as plain JavaScript of its column's type, which `fieldTypes` gave it: what `columnOfValues` takes. */
export function plainValue(value: Omit<PlacedValue, 'row'>, type: DataType): unknown {
  const { line, span } = value;
  if (line[span.start] === 0x6e) return null;
  if (DataType.isInt(type)) return BigInt(literalOf(line, span));
  if (DataType.isFloat(type)) return Number(literalOf(line, span));
  if (DataType.isBool(type)) return line[span.start] === 0x74;
  if (DataType.isList(type)) {
    const item = (type.children[0] as Field).type as DataType;
    return itemsOf(line, span).map((each) => plainValue({ line, span: each }, item));
  }
  if (DataType.isStruct(type)) return structValue(value, type.children as readonly Field[]);
  const text = textOf(line, span);
  return text === null ? literalOf(line, span) : decoder.decode(text);
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function structValue({ line, span }: Omit<PlacedValue, 'row'>, fields: readonly Field[]): unknown {
  const types = new Map(fields.map(({ name, type }) => [name, type as DataType]));
  const members = Array.from(membersOf(line, span), ([name, member]) => {
    const type = types.get(name);
    return [name, type === undefined ? null : plainValue({ line, span: member }, type)] as const;
  });
  return Object.fromEntries(members);
}
