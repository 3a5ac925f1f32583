import { type FlatTable, flatTable, flatVector, target } from './flatbuffer.ts';

/** A column, or a part of one, whose Arrow type apache-arrow cannot read. */
export class UnreadType extends Error {
  readonly column: string;
  readonly type: string;

  constructor(column: string, type: string) {
    super(`its column ${JSON.stringify(column)} is of type ${type}`);
    this.column = column;
    this.type = type;
  }
}

/** Numbers of Schema.fbs, Type. */
const unread: ReadonlyMap<number, string> = new Map([
  [22, 'RunEndEncoded'],
  [25, 'ListView'],
  [26, 'LargeListView'],
]);
const newestType = 26;

/** Slots of Message and Footer; of Schema and Field (Schema.fbs). */
const headerTypeSlot = 1;
const headerSlots = { message: 2, footer: 1 } as const;
const schemaHeader = 1;
const fieldsSlot = 1;
const fieldSlots = { name: 0, type: 2, children: 5 } as const;

/**
 * Makes sure that apache-arrow can read the types of a schema; of a message that holds none, nothing is looked at.
 *
 * @param metadata - checked by `checkMetadata`.
 * @throws UnreadType for the first column that it cannot.
 */
export function requireReadTypes(metadata: Uint8Array, root: 'message' | 'footer'): void {
  const view = new DataView(metadata.buffer, metadata.byteOffset, metadata.byteLength);
  const table = flatTable(view);
  if (root === 'message') {
    const kind = table.slot(headerTypeSlot);
    if (kind === undefined || view.getUint8(kind) !== schemaHeader) return;
  }
  const schema = table.slot(headerSlots[root]);
  if (schema !== undefined) walk(view, flatTable(view, target(view, schema)), fieldsSlot, '');
}

function walk(view: DataView, parent: FlatTable, slot: number, path: string): void {
  const position = parent.slot(slot);
  if (position === undefined) return;
  const { start, length } = flatVector(view, position, 4);
  for (let i = 0; i < length; i++) {
    const child = flatTable(view, target(view, start + i * 4));
    const childPath = path + nameOf(view, child);
    const kind = typeOf(view, child);
    const type = unread.get(kind) ?? (kind > newestType ? `number ${kind}` : undefined);
    if (type !== undefined) throw new UnreadType(childPath, type);
    walk(view, child, fieldSlots.children, `${childPath}.`);
  }
}

function nameOf(view: DataView, child: FlatTable): string {
  const position = child.slot(fieldSlots.name);
  if (position === undefined) return '';
  const { start, length } = flatVector(view, position, 1);
  return Buffer.from(view.buffer, view.byteOffset + start, length).toString('utf8');
}

function typeOf(view: DataView, child: FlatTable): number {
  const position = child.slot(fieldSlots.type);
  return position === undefined ? 0 : view.getUint8(position);
}
