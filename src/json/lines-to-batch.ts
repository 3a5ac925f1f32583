import { Binary, type Data, makeData, RecordBatch, Struct, Utf8 } from 'apache-arrow';
import { joinTexts, textData } from '../arrow/text-column.ts';
import { corruptFile } from '../errors.ts';
import { type JsonLinesLayout, jsonLinesSchema } from './json-lines-layout.ts';
import { JsonSyntaxError, type ScannedObject, type Span, scanObject } from './scan-object.ts';
import type { Line } from './split-lines.ts';
import { decodeString } from './strings.ts';

/** A JSON Lines file, as its record batches need it. */
export interface JsonLinesFile {
  /** For messages. */
  readonly name: string;
  readonly layout: JsonLinesLayout;
  /** What becomes of a line that is no JSON object: an error, or a row without text. @defaultValue 'fail' */
  readonly onBadLine?: 'fail' | 'pass' | undefined;
}

/**
 * A record batch of one row a line, with the schema of the layout. The text is null where `decodeString` finds none. Of
 * another field a string gives its text, null gives null, and any other value its JSON as it is written: no digit of a
 * number is lost. A blank line has no row: its bytes go into the schema's metadata. Of a long line every field is null.
 *
 * @throws ToeditError `FILE_CORRUPT`, with the line, where one is not a JSON object and does not pass.
 */
export function linesToBatch(lines: readonly Line[], file: JsonLinesFile): RecordBatch {
  const [first] = lines;
  if (first?.isBlank === true) {
    return linesToBatch([], { ...file, layout: { ...file.layout, blank: first.bytes } });
  }
  const { text, fields } = file.layout;
  const wants = new Set(fields);
  const rows = lines.map((line) => ({
    line: line.bytes,
    ...membersOf(line, file, wants),
  }));
  const columns = fields.map((field) => {
    const read = field === text ? decodeString : decodeField;
    return utf8Data(
      rows.map(({ line, members }) => {
        const span = members.get(field);
        return span === undefined ? null : read(line, span);
      }),
    );
  });
  const bytes = rows.map(({ line }) => line);
  const children = [...columns, textData(new Binary(), joinTexts(bytes, undefined))];
  const schema = jsonLinesSchema(file.layout);
  const type = new Struct(schema.fields);
  return new RecordBatch(schema, makeData({ type, length: rows.length, nullCount: 0, children }));
}

function membersOf(
  line: Line,
  { name, onBadLine }: JsonLinesFile,
  wants?: ReadonlySet<string>,
): Pick<ScannedObject, 'members'> {
  if (line.isLong) return noMembers;
  if (onBadLine !== 'pass') return scanLine(line, name, wants);
  return scanIfObject(line, wants) ?? noMembers;
}

/** The members of a line's object; undefined where it is none. */
export function scanIfObject(line: Line, wants?: ReadonlySet<string>): ScannedObject | undefined {
  try {
    return scanObject(line.bytes, wants);
  } catch (error) {
    if (error instanceof JsonSyntaxError) return undefined;
    throw error;
  }
}

const noMembers: Pick<ScannedObject, 'members'> = { members: new Map() };

/**
 * The members of a line's object.
 *
 * @param wants - as `scanObject` takes them.
 * @throws ToeditError `FILE_CORRUPT`
 */
export function scanLine(line: Line, name: string, wants?: ReadonlySet<string>): ScannedObject {
  try {
    return scanObject(line.bytes, wants);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const place = { file: name, line: line.number };
    const problem = `: line ${line.number} is not a JSON object: ${error.message}`;
    throw corruptFile(place, `${problem}; correct or remove the line`, error);
  }
}

function decodeField(line: Uint8Array, span: Span): Uint8Array | null {
  const first = line[span.start];
  if (first === 0x22) return decodeString(line, span);
  return first === 0x6e ? null : line.subarray(span.start, span.end);
}

function utf8Data(texts: readonly (Uint8Array | null)[]): Data<Utf8> {
  const validity = new Uint8Array((texts.length + 7) >> 3);
  texts.forEach((text, row) => {
    if (text !== null) validity[row >> 3] = (validity[row >> 3] ?? 0) | (1 << (row & 7));
  });
  const cells = joinTexts(
    texts.map((text) => text ?? nothing),
    texts.includes(null) ? validity : undefined,
  );
  return textData(new Utf8(), cells) as Data<Utf8>;
}

const nothing = new Uint8Array(0);
