/**
 * What steers a terminal, or what is shown in one, rather than is shown: controls of ASCII and of Latin-1, line and paragraph
 * separators, changes of direction.
 */
const controls = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

const short: ReadonlyMap<string, string> = new Map([
  ['\n', String.raw`\n`],
  ['\r', String.raw`\r`],
  ['\t', String.raw`\t`],
]);

/** True where a text holds a character that {@link printable} shows otherwise. */
export function hasControls(text: string): boolean {
  return text.search(controls) >= 0;
}

/** A text as it may be shown in a terminal: its control characters as `\n`, `\x1b`, `\u202e`. */
export function printable(text: string): string {
  // Nearly all texts are shown as they are, and looking is faster than replacing.
  if (!hasControls(text)) return text;
  return text.replace(controls, (character) => short.get(character) ?? escaped(character));
}

function escaped(character: string): string {
  const code = character.charCodeAt(0).toString(16);
  return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`;
}

/**
 * The same report with all texts in it as they may be shown; the names of its fields are ours.
 *
 * @param except - fields that are left as they are, however deep.
 */
export function printableReport<Report>(report: Report, except: readonly string[] = []): Report {
  return shown(report, new Set(except)) as Report;
}

function shown(value: unknown, except: ReadonlySet<string>): unknown {
  if (typeof value === 'string') return printable(value);
  if (Array.isArray(value)) return value.map((each: unknown) => shown(each, except));
  if (typeof value !== 'object' || value === null) return value;
  const fields: Record<string, unknown> = { ...value };
  for (const name of Object.keys(fields)) {
    if (!except.has(name)) fields[name] = shown(fields[name], except);
  }
  return fields;
}
