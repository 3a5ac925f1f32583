import { corruptFile } from '../../src/errors.ts';
import type { TextChange } from '../../src/metrics/summary.ts';
import type { RecordedEdit } from '../../src/record/read-record.ts';
import type { Passage } from '../../src/report/page/report-data.ts';
import { excerptParts } from '../../src/report/render-excerpt.ts';
import { characterEnd, characterStart } from '../../src/text/utf8.ts';

/** Bytes shown on each side of an edit. */
const margin = 130;

/** An edit by where its new bytes stand. */
interface PlacedEdit extends RecordedEdit {
  /** In the edited text. */
  readonly newStart: number;
  readonly newEnd: number;
}

/**
 * A passage around one edit of a row, with the others near it. The text before is put together of the text after and the edits.
 *
 * @param after - the text as it was written.
 * @param pick - which edit is in the middle: as many different ones as there are numbers.
 * @throws ToeditError `FILE_CORRUPT` where the text has not the bytes that the edits put there.
 */
export function passageOf(
  after: Uint8Array,
  edits: readonly RecordedEdit[],
  pick: number,
  file: string,
): Pick<Passage, 'probability' | 'parts'> {
  const placed = placeEdits(edits);
  const middle = placed[pick % placed.length];
  if (middle === undefined) throw new RangeError('a passage has an edit');
  const from = characterStart(after, Math.max(0, middle.newStart - margin));
  const to = characterEnd(after, Math.min(after.length, middle.newEnd + margin));
  const near = placed.filter(({ newStart, newEnd }) => newStart >= from && newEnd <= to);
  for (const edit of near) {
    const there = after.subarray(edit.newStart, edit.newEnd);
    if (Buffer.compare(there, edit.bytes) !== 0) throw wasChanged(file);
  }
  const stretches = near.map((edit) => stretchOf(after, edit));
  let [before, at] = ['', from];
  const changes: TextChange[] = [];
  for (const { start, end, old, text } of joined(stretches, after)) {
    before += decode(after.subarray(at, start));
    changes.push({ start: before.length, end: before.length + old.length, text });
    before += old;
    at = end;
  }
  before += decode(after.subarray(at, to));
  const parts = excerptParts({
    file,
    row: 0,
    before,
    after: decode(after.subarray(from, to)),
    changes,
  });
  return { probability: Math.exp(middle.logprob), parts };
}

function placeEdits(edits: readonly RecordedEdit[]): readonly PlacedEdit[] {
  let shift = 0;
  return edits.map((edit) => {
    const newStart = edit.start + shift;
    shift += edit.bytes.length - edit.oldBytes.length;
    return { ...edit, newStart, newEnd: newStart + edit.bytes.length };
  });
}

/** A stretch of whole characters of the text after, and the bytes that stood there before. */
interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly oldBytes: Uint8Array;
}

/** Tokens may end within a character: then all of it belongs to what is changed. */
function stretchOf(after: Uint8Array, { newStart, newEnd, oldBytes }: PlacedEdit): Stretch {
  const start = characterStart(after, newStart);
  const end = characterEnd(after, newEnd);
  const around = [after.subarray(start, newStart), oldBytes, after.subarray(newEnd, end)];
  return { start, end, oldBytes: Buffer.concat(around) };
}

/** With their texts; of two that share a character the second is left out, as if its bytes had not changed. */
function joined(stretches: readonly Stretch[], after: Uint8Array) {
  let last = -1;
  const apart = stretches.filter(({ start, end }) => {
    const isApart = start >= last;
    if (isApart) last = end;
    return isApart;
  });
  return apart.map(({ start, end, oldBytes }) => ({
    ...{ start, end, old: decode(oldBytes) },
    text: decode(after.subarray(start, end)),
  }));
}

function wasChanged(file: string): Error {
  const problem = ' has other bytes than the run has written; run toedit verify to see which';
  return corruptFile({ file }, problem);
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function decode(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
