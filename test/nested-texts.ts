import {
  Binary,
  type Data,
  type DataType,
  Dictionary,
  Field,
  Int16,
  Int32,
  LargeList,
  LargeUtf8,
  List,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Utf8,
  Utf8View,
  vectorFromArray,
} from 'apache-arrow';

/** The type of the texts, and whether offsets of lists have 64 bits. */
export interface NestedKind {
  readonly leaf: 'utf8' | 'large_utf8' | 'utf8_view' | 'binary' | 'dictionary';
  readonly isLarge: boolean;
}

const leafTypes = {
  utf8: () => new Utf8(),
  large_utf8: () => new LargeUtf8(),
  utf8_view: () => new Utf8View(),
  binary: () => new Binary(),
  // One of its own for each column, as apache-arrow numbers dictionaries.
  dictionary: () => new Dictionary(new Utf8(), new Int16()),
} satisfies Record<NestedKind['leaf'], () => DataType>;

/** All kinds of {@link nestedTexts}. */
export const nestedKinds: readonly NestedKind[] = Object.keys(leafTypes).flatMap((leaf) =>
  [false, true].map((isLarge) => ({ leaf: leaf as NestedKind['leaf'], isLarge })),
);

type Texts = readonly (string | null)[];

/**
 * A record batch of a row a list: `id`; `tags`, the list; `turns`, a list of structs with the texts as `content` and the roles user and
 * assistant in turn; `meta`, a struct with the first text as `body`, null where the list is.
 */
export function nestedTexts(
  lists: readonly (Texts | null)[],
  { leaf, isLarge }: NestedKind,
): RecordBatch {
  const flat = lists.flatMap((texts) => texts ?? []);
  const cells = (texts: Texts): Data => {
    const type = leafTypes[leaf]();
    const values =
      leaf === 'binary' ? texts.map((text) => text && Buffer.from(text, 'utf8')) : texts;
    const [data] = texts.length === 0 ? [] : vectorFromArray([...values], type).data;
    return data ?? makeData({ type: type as Utf8, length: 0 });
  };
  const roles = lists.flatMap((texts) =>
    (texts ?? []).map((_, at) => (at % 2 === 0 ? 'user' : 'assistant')),
  );
  const turns = structOf([
    ['role', cells(roles)],
    ['content', cells(flat)],
  ]);
  const bodies = cells(lists.map((texts) => texts?.[0] ?? null));
  const columns: [string, Data][] = [
    ['id', makeData({ type: new Int32(), data: Int32Array.from(lists.keys()) })],
    ['tags', listOf(cells(flat), lists, isLarge)],
    ['turns', listOf(turns, lists, isLarge)],
    ['meta', structOf([['body', bodies]], lists)],
  ];
  const { type, children } = structOf(columns);
  const data = makeData({ type, length: lists.length, nullCount: 0, children });
  return new RecordBatch(new Schema(type.children), data);
}

function structOf(members: readonly (readonly [string, Data])[], validOf?: readonly unknown[]) {
  const type = new Struct(members.map(([name, { type: own }]) => new Field(name, own, true)));
  const children = members.map(([, data]) => data);
  const length = children[0]?.length ?? 0;
  return makeData({ type, length, children, ...validity(validOf ?? []) });
}

function listOf(child: Data, lists: readonly (Texts | null)[], isLarge: boolean): Data {
  const offsets = [0];
  for (const texts of lists) offsets.push((offsets.at(-1) ?? 0) + (texts?.length ?? 0));
  const item = new Field('item', child.type, true);
  const shared = { length: lists.length, child, ...validity(lists) };
  return isLarge
    ? makeData({
        ...{ type: new LargeList(item), ...shared },
        valueOffsets: BigInt64Array.from(offsets, BigInt),
      })
    : makeData({ type: new List(item), ...shared, valueOffsets: Int32Array.from(offsets) });
}

function validity(values: readonly unknown[]) {
  const nullCount = values.filter((value) => value === null).length;
  const nullBitmap = new Uint8Array((values.length + 7) >> 3);
  values.forEach((value, at) => {
    if (value !== null) nullBitmap[at >> 3] = (nullBitmap[at >> 3] ?? 0) | (1 << (at & 7));
  });
  return nullCount === 0 ? { nullCount } : { nullCount, nullBitmap };
}
