import { printable } from '../../text/printable.ts';

/** A text of a user's as a code span of Markdown, on one line: nothing in it is markup. Control characters are shown as `\n`, `\x1b`. */
export function codeSpan(text: string): string {
  const line = printable(wellFormed(text));
  if (line === '') return '(empty)';
  const fence = '`'.repeat(longestTicks(line) + 1);
  const needsSpaces = /^[` ]|[` ]$/.test(line) && line.trim() !== '';
  const space = needsSpaces ? ' ' : '';
  return `${fence}${space}${line}${space}${fence}`;
}

/** Lines as a fenced block that none of them ends. */
export function codeBlock(lines: readonly string[], language: string): readonly string[] {
  const fence = '`'.repeat(Math.max(3, longestTicks(lines.join('\n')) + 1));
  return [`${fence}${language}`, ...lines, fence];
}

function longestTicks(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((ticks) => ticks.length));
}

/** A text as a double-quoted scalar of YAML, on one line. */
export function yamlString(text: string): string {
  return escapeUnprintable(JSON.stringify(wellFormed(text)));
}

/** YAML whose double-quoted scalars have no character that YAML 1.1 does not take, or takes for a line's end. */
export function escapeUnprintable(yaml: string): string {
  return yaml.replaceAll(unprintable, escaped);
}

/** A word of a shell command: as it is where that is safe, else quoted, on one line. */
export function shellWord(text: string): string {
  const word = wellFormed(text);
  if (/^[\w./:=@%+,-]+$/.test(word)) return word;
  const isOneLine = word.search(/\p{Cc}/u) < 0;
  if (isOneLine) return `'${word.replaceAll("'", String.raw`'\''`)}'`;
  const quoted = word
    .replaceAll(/['\\]/g, String.raw`\$&`)
    .replaceAll(/\p{Cc}/gu, (control) =>
      Buffer.from(control).toString('hex').replaceAll(/../g, String.raw`\x$&`),
    );
  return `$'${quoted}'`;
}

/** Lone surrogates cannot be written as UTF-8: they become U+FFFD. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

/** What JSON leaves as it is and YAML does not take, or takes for a line's end. */
const unprintable = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

function escaped(character: string): string {
  return String.raw`\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
