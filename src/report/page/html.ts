/** Markup that was made here: all that is put into it was escaped, or is markup itself. */
export interface Markup {
  readonly markup: string;
}

/** What may be put into markup: texts and numbers are escaped; of null and undefined nothing stands there. */
export type Content = Markup | string | number | null | undefined | readonly Content[];

/** No value of a file is ever taken for markup, whatever its fields: only what is in here is. */
const made = new WeakSet<object>();

/** Markup of a template. */
export function html(strings: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  const parts = strings.map((text, index) => text + escaped(contents[index]));
  return trusted(parts.join(''));
}

/** Markup of a text that is known to be sound: a style sheet, or what a library has drawn and escaped. */
export function trusted(markup: string): Markup {
  const result = { markup };
  made.add(result);
  return result;
}

function escaped(content: Content): string {
  if (content === null || content === undefined) return '';
  if (typeof content === 'string' || typeof content === 'number')
    return escapeText(String(content));
  if (isList(content)) return content.map(escaped).join('');
  return made.has(content) ? content.markup : escapeText(JSON.stringify(content));
}

function isList(content: Content): content is readonly Content[] {
  return Array.isArray(content);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A text as it may stand in an element or in a quoted attribute; characters that HTML does not allow become U+FFFD. */
export function escapeText(text: string): string {
  return text
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\p{Cs}]/gu, '\ufffd')
    .replace(/[&<>"']/gu, (character) => entities[character] ?? character);
}
