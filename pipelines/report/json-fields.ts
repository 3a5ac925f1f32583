/** An object of JSON whose fields are not known yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** Names and other texts are cut at this many characters. */
const longestText = 120;

/**
 * The value as an object.
 *
 * @throws TypeError where it is none.
 */
export function fields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null) throw new TypeError('no object');
  return value as Fields;
}

/**
 * The first `longest` items of a list.
 *
 * @throws TypeError where it is none.
 */
export function list(value: unknown, longest?: number): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError('no list');
  return value.slice(0, longest);
}

/**
 * The value as a number.
 *
 * @throws TypeError where it is none.
 */
export function number(value: unknown): number {
  if (typeof value !== 'number') throw new TypeError('no number');
  return value;
}

/**
 * The value as a number, or null where there is none.
 *
 * @throws TypeError where it is something else.
 */
export function orNull(value: unknown): number | null {
  return value === null || value === undefined ? null : number(value);
}

/**
 * The value as a text, of 120 characters at most.
 *
 * @throws TypeError where it is none.
 */
export function text(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('no text');
  return value.length <= longestText ? value : `${value.slice(0, longestText)}…`;
}
