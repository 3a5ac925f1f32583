import type { Excerpt } from '../metrics/summary.ts';
import { diffWords, isKept } from './diff-words.ts';

/**
 * An edited passage on one line, its changed words marked: struck red and bold green where `colour`, else `[old→new]`.
 * Changed line breaks show as `⏎`, others as spaces; other control characters and changes of direction as `·`, so that no
 * text can steer a terminal.
 */
export function renderExcerpt(excerpt: Excerpt, colour: boolean): string {
  const mark = colour ? markWithColour : markWithBrackets;
  return diffWords(excerpt.before, excerpt.after)
    .map((change) =>
      isKept(change)
        ? printable(change.before)
        : mark(printable(showBreaks(change.before)), printable(showBreaks(change.after))),
    )
    .join('');
}

function markWithBrackets(before: string, after: string): string {
  return `[${before}→${after}]`;
}

function markWithColour(before: string, after: string): string {
  const struck = before === '' ? '' : `\u001b[31;9m${before}\u001b[0m`;
  const added = after === '' ? '' : `\u001b[32;1m${after}\u001b[0m`;
  return struck + added;
}

/** What changed may be a line break: where nothing else tells, it must show. */
function showBreaks(text: string): string {
  return text.replaceAll('\t', '⇥').replace(/\r\n|[\n\r\u2028\u2029]/g, '⏎');
}

function printable(text: string): string {
  return text
    .replace(/[\t\n\r\u2028\u2029]+/g, ' ')
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '·');
}
