import { Binary, Field, Schema, Utf8 } from 'apache-arrow';

/**
 * What the record batches of a JSON Lines file hold, as their schema's metadata says: so a writer knows that the lines
 * are there, and which columns came out of them.
 */
export interface JsonLinesLayout {
  /** The field that holds the text, and the column that does; null where the line alone holds its texts. */
  readonly text: string | null;
  /** All columns taken from fields of the same name, the text among them. */
  readonly fields: readonly string[];
  /** The Binary column of whole lines. */
  readonly line: string;
  /** The bytes of a file that has no line but blank ones. */
  readonly blank: Uint8Array;
}

const metadataKey = 'toedit:json_lines';

/** A layout whose line column is named `line` or, where a field is named so, with underscores after it. */
export function layOutJsonLines(text: string | null, columns: readonly string[]): JsonLinesLayout {
  const fields = [...new Set([...(text === null ? [] : [text]), ...columns])];
  let line = 'line';
  while (fields.includes(line)) line += '_';
  return { text, fields, line, blank: new Uint8Array(0) };
}

/** The schema of a layout: each field a nullable Utf8 column, then the line as a Binary column that is never null. */
export function jsonLinesSchema(layout: JsonLinesLayout): Schema {
  const fields = layout.fields.map((name) => new Field(name, new Utf8(), true));
  const blank = Buffer.from(layout.blank).toString('base64');
  const metadata = new Map([[metadataKey, JSON.stringify({ ...layout, blank })]]);
  return new Schema([...fields, new Field(layout.line, new Binary(), false)], metadata);
}

/** The layout that a schema's metadata describes; undefined where the columns are not those of JSON Lines. */
export function jsonLinesLayout(schema: Schema): JsonLinesLayout | undefined {
  const json = schema.metadata.get(metadataKey);
  if (json === undefined) return undefined;
  const layout = JSON.parse(json) as Omit<JsonLinesLayout, 'blank'> & { readonly blank: string };
  return { ...layout, blank: Buffer.from(layout.blank, 'base64') };
}
