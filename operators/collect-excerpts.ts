import type { RecordBatch } from 'apache-arrow';
import { textColumn } from '../src/arrow/text-column.ts';
import type { Excerpt } from '../src/metrics/summary.ts';
import type { Operator } from '../src/operator.ts';
import type { Edit } from '../src/resampling/edits.ts';
import { editLists, editText } from '../src/resampling/edits.ts';
import type { TokenBytes } from '../src/text/token-bytes.ts';

/** Settings of {@link collectExcerpts}. */
export interface CollectExcerptsOptions {
  /** What the excerpts name as their file. */
  readonly file: string;
  /** How many `excerpts` may hold. */
  readonly limit: number;
  /** @defaultValue 'text' */
  readonly textColumn?: string | undefined;
  /** The row of the file that the stream begins with. @defaultValue 0 */
  readonly firstRow?: number | undefined;
}

/**
 * Notes passages that are about to be edited, before and after, until `excerpts` holds the limit: one a row, around its
 * first edit. Stands between `resampleTokens` and `applyEdits`. Batches pass unchanged.
 */
export function collectExcerpts(
  prior: { readonly tokenBytes: TokenBytes },
  excerpts: Excerpt[],
  options: CollectExcerptsOptions,
): Operator {
  const { file, limit } = options;
  return async function* collectExcerpts(source) {
    let firstRow = options.firstRow ?? 0;
    for await (const batch of source) {
      for (const { row, bytes, edits } of editedRows(batch, options)) {
        if (excerpts.length >= limit) break;
        const passage = passageOf(bytes, edits, prior.tokenBytes);
        excerpts.push({ file, row: firstRow + row, ...textsOf(passage, prior.tokenBytes) });
      }
      firstRow += batch.numRows;
      yield batch;
    }
  };
}

/** A text or a part of one, and the edits within it; offsets count from its first byte. */
interface Passage {
  readonly bytes: Uint8Array;
  readonly edits: readonly Edit[];
}

function* editedRows(
  batch: RecordBatch,
  options: CollectExcerptsOptions,
): Generator<Passage & { readonly row: number }> {
  const text = textColumn(batch, options.textColumn ?? 'text');
  const editsOf = editLists(batch);
  for (let row = 0; row < batch.numRows; row++) {
    const edits = editsOf(row);
    if (edits.length > 0) yield { row, bytes: text.bytes(row), edits };
  }
}

/** Bytes shown on each side of the first edit. */
const margin = 60;

function passageOf(bytes: Uint8Array, edits: readonly Edit[], tokenBytes: TokenBytes): Passage {
  const at = edits[0]?.byteOffset ?? 0;
  const from = characterStart(bytes, Math.max(0, at - margin));
  const to = characterStart(bytes, Math.min(bytes.length, at + 2 * margin));
  const isInside = ({ byteOffset, oldId }: Edit) => byteOffset + tokenBytes.length(oldId) <= to;
  return {
    bytes: bytes.subarray(from, to),
    edits: edits.filter(isInside).map((edit) => ({ ...edit, byteOffset: edit.byteOffset - from })),
  };
}

/** The start of the UTF-8 character that holds the byte; the text's end is one too. */
function characterStart(bytes: Uint8Array, at: number): number {
  let start = at;
  while (start > 0 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start--;
  return start;
}

function textsOf(passage: Passage, tokenBytes: TokenBytes): Omit<Excerpt, 'file' | 'row'> {
  const { bytes, edits } = passage;
  const after = decoder.decode(editText({ bytes, place: {} }, edits, tokenBytes));
  const changes = wholeCharacters(passage, tokenBytes).map(({ begin, end, edits: own }) => {
    const part = own.map((edit) => ({ ...edit, byteOffset: edit.byteOffset - begin }));
    const text = editText({ bytes: bytes.subarray(begin, end), place: {} }, part, tokenBytes);
    const lengthTo = (at: number): number => decoder.decode(bytes.subarray(0, at)).length;
    return { start: lengthTo(begin), end: lengthTo(end), text: decoder.decode(text) };
  });
  return { before: decoder.decode(bytes), after, changes };
}

/** The bytes of whole characters, and the edits among them. */
interface Stretch {
  readonly begin: number;
  readonly end: number;
  readonly edits: readonly Edit[];
}

/** Tokens may end within a character: then it belongs to what is changed, with all edits of its bytes. */
function wholeCharacters({ bytes, edits }: Passage, tokenBytes: TokenBytes): readonly Stretch[] {
  const stretches: Stretch[] = [];
  for (const edit of edits) {
    const begin = characterStart(bytes, edit.byteOffset);
    const end = characterEnd(bytes, edit.byteOffset + tokenBytes.length(edit.oldId));
    const last = stretches.at(-1);
    if (last === undefined || last.end <= begin) stretches.push({ begin, end, edits: [edit] });
    else stretches.splice(-1, 1, { begin: last.begin, end, edits: [...last.edits, edit] });
  }
  return stretches;
}

function characterEnd(bytes: Uint8Array, at: number): number {
  let end = at;
  while (end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end++;
  return end;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
