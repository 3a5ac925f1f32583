import { isUtf8 } from 'node:buffer';
import { NotRead } from '../../errors.ts';
import { type FlatTable, flatTable, flatVector, target } from './message-metadata.ts';

/** Slots of Message (Message.fbs) and Footer (File.fbs); of Schema and Field (Schema.fbs). */
const headerTypeSlot = 1;
const schemaSlots = { message: 2, footer: 1 } as const;
const schemaHeader = 1;
const customMetadataSlot = 4;
const schemaFields = { fields: 1, metadata: 2 } as const;
const fieldSlots = { name: 0, kind: 2, type: 3, children: 5, metadata: 6 } as const;

/**
 * Makes sure that apache-arrow can read the types of a schema, and that texts beside them are UTF-8: it replaces what is not.
 * Of a message that holds no schema, its metadata alone is looked at.
 *
 * @param metadata - checked by `checkMetadata`.
 * @throws NotRead for the first column that it cannot, or the first text that is not.
 */
export function requireReadTypes(metadata: Uint8Array, root: 'message' | 'footer'): void {
  const view = new DataView(metadata.buffer, metadata.byteOffset, metadata.byteLength);
  const table = flatTable(view);
  requireTexts(view, table.slot(customMetadataSlot), root === 'message' ? 'a message' : 'the file');
  if (root === 'message') {
    const kind = table.slot(headerTypeSlot);
    if (kind === undefined || view.getUint8(kind) !== schemaHeader) return;
  }
  const position = table.slot(schemaSlots[root]);
  if (position === undefined) return;
  const schema = flatTable(view, target(view, position));
  requireTexts(view, schema.slot(schemaFields.metadata), 'the schema');
  walk(view, schema.slot(schemaFields.fields), '');
}

function walk(view: DataView, fields: number | undefined, path: string): void {
  for (const field of tablesAt(view, fields)) {
    const own = path + textAt(view, field.slot(fieldSlots.name));
    const column = `column ${JSON.stringify(own)}`;
    requireUtf8(bytesAt(view, field.slot(fieldSlots.name)), `the name of ${column}`);
    const type = unreadType(view, field);
    if (type !== undefined) {
      throw new NotRead(
        `${column} is of type ${type}, which toedit cannot read; cast it to a type that it knows, such as a plain list or text, or leave the column out`,
      );
    }
    requireTexts(view, field.slot(fieldSlots.metadata), column);
    walk(view, field.slot(fieldSlots.children), `${own}.`);
  }
}

/** Numbers of Schema.fbs, Type. */
const unread: ReadonlyMap<number, string> = new Map([
  [22, 'RunEndEncoded'],
  [25, 'ListView'],
  [26, 'LargeListView'],
]);
const newestType = 26;

/** What a field's type is called, where apache-arrow cannot read it. */
function unreadType(view: DataView, field: FlatTable): string | undefined {
  const kind = scalar(field.slot(fieldSlots.kind), (at) => view.getUint8(at)) ?? 0;
  if (kind > newestType) return `number ${kind}`;
  const position = field.slot(fieldSlots.type);
  const wide = wideTypes.get(kind);
  if (wide === undefined || position === undefined) return unread.get(kind);
  const type = flatTable(view, target(view, position));
  const bits = scalar(type.slot(wide.bitsSlot), (at) => view.getInt32(at, true)) ?? 0;
  const isSigned = scalar(type.slot(1), (at) => view.getUint8(at)) === 1;
  return bits > wide.mostBits ? wide.name(isSigned) + String(bits) : undefined;
}

/** Int has bitWidth and is_signed; Decimal precision, scale and bitWidth. */
const wideTypes = new Map([
  [2, { bitsSlot: 0, mostBits: 64, name: (isSigned: boolean) => (isSigned ? 'Int' : 'Uint') }],
  [7, { bitsSlot: 2, mostBits: 256, name: () => 'Decimal' }],
]);

function scalar<T>(position: number | undefined, read: (at: number) => T): T | undefined {
  return position === undefined ? undefined : read(position);
}

/** @param of - whose key-value metadata lies at the position. */
function requireTexts(view: DataView, position: number | undefined, of: string): void {
  for (const pair of tablesAt(view, position)) {
    const key = bytesAt(view, pair.slot(0));
    const name = JSON.stringify(Buffer.from(key).toString('utf8'));
    requireUtf8(key, `a key of the metadata of ${of} (${name})`);
    requireUtf8(bytesAt(view, pair.slot(1)), `the metadata of ${of} under the key ${name}`);
  }
}

function requireUtf8(bytes: Uint8Array, what: string): void {
  if (isUtf8(bytes)) return;
  throw new NotRead(
    `${what} is not UTF-8, which toedit cannot carry; write the file again without it, or in UTF-8`,
  );
}

function* tablesAt(view: DataView, position: number | undefined): Generator<FlatTable> {
  if (position === undefined) return;
  const { start, length } = flatVector(view, position, 4);
  for (let i = 0; i < length; i++) yield flatTable(view, target(view, start + i * 4));
}

function textAt(view: DataView, position: number | undefined): string {
  return Buffer.from(bytesAt(view, position)).toString('utf8');
}

function bytesAt(view: DataView, position: number | undefined): Uint8Array {
  if (position === undefined) return new Uint8Array(0);
  const { start, length } = flatVector(view, position, 1);
  return new Uint8Array(view.buffer, view.byteOffset + start, length);
}
