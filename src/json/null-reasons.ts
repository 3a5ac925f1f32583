import type { RecordBatch } from 'apache-arrow';
import { textColumn } from '../arrow/text-column.ts';
import type { PassReason } from '../columns.ts';
import { isValidUtf8 } from '../text/utf8.ts';
import { jsonLinesLayout } from './json-lines-layout.ts';
import { longLineOf } from './long-line.ts';
import { JsonSyntaxError, scanObject } from './scan-object.ts';

/** Why rows of a record batch have no text: of JSON Lines, by what stands in the line. */
export function nullReasons(batch: RecordBatch): (row: number) => PassReason {
  const { text, line } = jsonLinesLayout(batch.schema) ?? {};
  if (text === undefined || text === null || line === undefined) return () => 'null_text';
  const lines = textColumn(batch, line);
  return (row) => reasonOf(lines.bytes(row), text);
}

function reasonOf(line: Uint8Array, field: string): PassReason {
  if (longLineOf(line) !== undefined) return 'over_byte_limit';
  try {
    const value = scanObject(line, new Set([field])).members.get(field);
    if (!isValidUtf8(line)) return 'invalid_utf8';
    const first = value === undefined ? nullBegins : line[value.start];
    if (first === nullBegins) return 'null_text';
    // A string that is not there escapes half a surrogate pair: no UTF-8 stands for it.
    return first === quote ? 'invalid_utf8' : 'not_text';
  } catch (error) {
    if (error instanceof JsonSyntaxError) return 'not_json';
    throw error;
  }
}

const nullBegins = 0x6e;
const quote = 0x22;
