import type { Excerpt, TextChange } from '../metrics/summary.ts';

/**
 * An edited passage on one line, its changed words marked: struck red and bold green where `colour`, else `[old→new]`.
 * Changed line breaks show as `⏎`, others as spaces; other control characters and changes of direction as `·`, so that no
 * text can steer a terminal.
 */
export function renderExcerpt(excerpt: Excerpt, colour: boolean): string {
  const mark = colour ? markWithColour : markWithBrackets;
  return excerptParts(excerpt)
    .map(({ kept, removed, added }) => kept + (removed === added ? '' : mark(removed, added)))
    .join('');
}

/** A stretch of a passage that stays, and what was changed behind it: words that went, and those that came. */
export interface ExcerptPart {
  readonly kept: string;
  /** Both are empty at the end of a passage. */
  readonly removed: string;
  readonly added: string;
}

/** An edited passage in order, its texts as {@link renderExcerpt} shows them. */
export function excerptParts(excerpt: Excerpt): readonly ExcerptPart[] {
  const { before } = excerpt;
  let shown = 0;
  const parts = changedWords(excerpt).map(({ start, end, text }) => {
    const kept = printable(before.slice(shown, start));
    shown = end;
    const removed = printable(showBreaks(before.slice(start, end)));
    return { kept, removed, added: printable(showBreaks(text)) };
  });
  return [...parts, { kept: printable(before.slice(shown)), removed: '', added: '' }];
}

/** A token may be a part of a word, and begin with the space before it: what is shown changed are words. */
function changedWords({ before, changes }: Excerpt): readonly TextChange[] {
  const joined: { start: number; end: number; changes: TextChange[] }[] = [];
  for (const change of changes) {
    const { start, end } = widened(before, change);
    const last = joined.at(-1);
    if (last === undefined || last.end <= start) joined.push({ start, end, changes: [change] });
    else {
      last.end = end;
      last.changes.push(change);
    }
  }
  return joined.flatMap(({ start, end, changes: own }) => {
    const words = narrowed(before, { start, end, text: textAfter(before, { start, end }, own) });
    return before.slice(words.start, words.end) === words.text ? [] : [words];
  });
}

type Range = Pick<TextChange, 'start' | 'end'>;

/** With the rest of the words that it begins and ends in, before or after. */
function widened(before: string, { start, end, text }: TextChange): Range {
  const old = before.slice(start, end);
  const isWord = (edge: RegExp): boolean => edge.test(old) || edge.test(text);
  const head = isWord(/^[\p{L}\p{M}\p{N}]/u) ? wordEnding(before.slice(0, start)) : '';
  const tail = isWord(/[\p{L}\p{M}\p{N}]$/u) ? wordBeginning(before.slice(end)) : '';
  return { start: start - head.length, end: end + tail.length };
}

function textAfter(before: string, { start, end }: Range, changes: readonly TextChange[]): string {
  let text = '';
  let at = start;
  for (const change of changes) {
    text += before.slice(at, change.start) + change.text;
    at = change.end;
  }
  return text + before.slice(at, end);
}

function wordEnding(text: string): string {
  return /[\p{L}\p{M}\p{N}]*$/u.exec(text)?.[0] ?? '';
}

function wordBeginning(text: string): string {
  return /^[\p{L}\p{M}\p{N}]*/u.exec(text)?.[0] ?? '';
}

/** Without the words, spaces and marks at its ends that stay. */
function narrowed(before: string, { start, end, text }: TextChange): TextChange {
  const old = splitWords(before.slice(start, end));
  const now = splitWords(text);
  let head = 0;
  let tail = 0;
  const most = Math.min(old.length, now.length);
  while (head < most && old[head] === now[head]) head++;
  while (tail < most - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  const lengthOf = (words: readonly string[]): number => words.join('').length;
  return {
    start: start + lengthOf(old.slice(0, head)),
    end: end - lengthOf(old.slice(old.length - tail)),
    text: now.slice(head, now.length - tail).join(''),
  };
}

function splitWords(text: string): readonly string[] {
  return text.match(/[\p{L}\p{M}\p{N}]+|[^\p{L}\p{M}\p{N}]/gu) ?? [];
}

function markWithBrackets(before: string, after: string): string {
  return `[${before}→${after}]`;
}

function markWithColour(before: string, after: string): string {
  const struck = before === '' ? '' : `\u001b[31;9m${before}\u001b[0m`;
  const added = after === '' ? '' : `\u001b[32;1m${after}\u001b[0m`;
  return struck + added;
}

/** What changed may be a line break: where nothing else shows it, it must be visible. */
function showBreaks(text: string): string {
  return text.replaceAll('\t', '⇥').replace(/\r\n|[\n\r\u2028\u2029]/g, '⏎');
}

function printable(text: string): string {
  return text
    .replace(/[\t\n\r\u2028\u2029]+/g, ' ')
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '·');
}
