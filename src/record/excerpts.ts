import { splice } from '../text/splice.ts';
import { characterEnd, characterStart } from '../text/utf8.ts';

/** An edit of a text, as far as an excerpt shows it. */
export interface ShownEdit {
  readonly byteOffset: number;
  readonly oldBytes: Uint8Array;
  readonly newBytes: Uint8Array;
}

/** A text or a part of one, and the edits within it; offsets count from its first byte. */
export interface Passage<Edit extends ShownEdit = ShownEdit> {
  readonly bytes: Uint8Array;
  readonly edits: readonly Edit[];
}

/** A passage as text; `changes` make `after` of `before`, in UTF-16 units of that, and are of whole characters. */
export interface ShownPassage {
  readonly before: string;
  readonly after: string;
  readonly changes: readonly {
    readonly start: number;
    readonly end: number;
    readonly text: string;
  }[];
}

/** Bytes shown on each side of an edit. */
const margin = 60;

/** The part of a text around its first edit, with the edits that lie within it. */
export function firstPassage<Edit extends ShownEdit>(text: Passage<Edit>): Passage<Edit> {
  const at = text.edits[0]?.byteOffset ?? 0;
  return partOf(text, Math.max(0, at - margin), Math.min(text.bytes.length, at + 2 * margin));
}

/** The parts of a text around its edits, in order; of edits that are near one another there is one. */
export function passagesOf<Edit extends ShownEdit>(text: Passage<Edit>): readonly Passage<Edit>[] {
  const spans: { begin: number; end: number }[] = [];
  for (const { byteOffset, oldBytes } of text.edits) {
    const begin = Math.max(0, byteOffset - margin);
    const end = Math.min(text.bytes.length, byteOffset + oldBytes.length + margin);
    const last = spans.at(-1);
    if (last !== undefined && begin <= last.end) last.end = end;
    else spans.push({ begin, end });
  }
  return spans.map(({ begin, end }) => partOf(text, begin, end));
}

function partOf<Edit extends ShownEdit>(
  { bytes, edits }: Passage<Edit>,
  begin: number,
  end: number,
): Passage<Edit> {
  const from = characterStart(bytes, begin);
  const to = characterStart(bytes, end);
  const isInside = ({ byteOffset, oldBytes }: Edit): boolean =>
    byteOffset >= from && byteOffset + oldBytes.length <= to;
  return {
    bytes: bytes.subarray(from, to),
    edits: edits.filter(isInside).map((edit) => ({ ...edit, byteOffset: edit.byteOffset - from })),
  };
}

/** The passage before and after its edits, and what makes one of the other. */
export function excerptOf(passage: Passage): ShownPassage {
  const { bytes, edits } = passage;
  const changes = wholeCharacters(passage).map(({ begin, end, edits: own }) => {
    const part = own.map((edit) => ({ ...edit, byteOffset: edit.byteOffset - begin }));
    const text = edited({ bytes: bytes.subarray(begin, end), edits: part });
    const lengthTo = (at: number): number => decoder.decode(bytes.subarray(0, at)).length;
    return { start: lengthTo(begin), end: lengthTo(end), text: decoder.decode(text) };
  });
  const after = decoder.decode(edited({ bytes, edits }));
  return { before: decoder.decode(bytes), after, changes };
}

function edited({ bytes, edits }: Passage): Uint8Array {
  const splices = edits.map(({ byteOffset: start, oldBytes, newBytes }) => ({
    ...{ start, end: start + oldBytes.length, bytes: newBytes },
  }));
  return splice(bytes, splices);
}

/** The bytes of whole characters, and the edits among them. */
interface Stretch {
  readonly begin: number;
  readonly end: number;
  readonly edits: readonly ShownEdit[];
}

/** Tokens may end within a character: then it belongs to what is changed, with all edits of its bytes. */
function wholeCharacters({ bytes, edits }: Passage): readonly Stretch[] {
  const stretches: Stretch[] = [];
  for (const edit of edits) {
    const begin = characterStart(bytes, edit.byteOffset);
    const end = characterEnd(bytes, edit.byteOffset + edit.oldBytes.length);
    const last = stretches.at(-1);
    if (last === undefined || last.end <= begin) stretches.push({ begin, end, edits: [edit] });
    else stretches.splice(-1, 1, { begin: last.begin, end, edits: [...last.edits, edit] });
  }
  return stretches;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
