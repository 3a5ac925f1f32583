import { longLineOf } from '../json/long-line.ts';
import { JsonSyntaxError, type Span, scanArray, scanObject } from '../json/scan-object.ts';
import { decodeString, encodeStringLike } from '../json/strings.ts';
import { isValidUtf8 } from '../text/utf8.ts';
import {
  hasRole,
  type OnPath,
  type PathEnd,
  type PathStep,
  placeOf,
  type TextPath,
} from './text-path.ts';
import { type FoundText, textless } from './text-rows.ts';
import type { TextSelection } from './text-selection.ts';

/** A text of a line, and its literal's place there. */
export interface LineText extends FoundText {
  readonly span: Span;
}

/**
 * Finds the texts of a line of JSON Lines, by path and place. A value that is null or missing is no text; one that is no string, or escapes half a
 * surrogate pair, is a text with a reason. Where the line has none at all, or is no JSON object, or not UTF-8, or too long to be
 * held, one text says so.
 *
 * @param onPath - called for each path whose first field this line has.
 */
export function textsOfLine(
  line: Uint8Array,
  selection: Pick<TextSelection, 'paths' | 'roles' | 'roleField'>,
  onPath?: OnPath,
): readonly (FoundText | LineText)[] {
  if (longLineOf(line) !== undefined) return [textless('over_byte_limit')];
  try {
    const texts = [...scannedTexts(line, selection, onPath)];
    if (!isValidUtf8(line)) return [textless('invalid_utf8')];
    return texts.length === 0 ? [textless('null_text')] : texts;
  } catch (error) {
    if (error instanceof JsonSyntaxError) return [textless('not_json')];
    throw error;
  }
}

function* scannedTexts(
  line: Uint8Array,
  { paths, roles, roleField }: Pick<TextSelection, 'paths' | 'roles' | 'roleField'>,
  onPath?: OnPath,
): Generator<LineText> {
  const firsts = paths.map(({ text, steps: [first] }) => [text, nameOf(first)]);
  const { members } = scanObject(line, new Set(firsts.flat()));
  for (const [number, path] of paths.entries()) {
    const whole = members.get(path.text);
    const walk = { line, path, roleField: roles === undefined ? undefined : roleField };
    const start = whole ?? members.get(nameOf(path.steps[0]));
    const at = whole === undefined ? 1 : path.steps.length;
    const values = start === undefined ? [] : [...valuesOf(walk, start, { at })];
    if (start !== undefined) onPath?.(number, endOf(values));
    const isTaken = ({ role }: Value): boolean =>
      roles?.has(role ?? '') !== false || !hasRole(path);
    for (const [item, value] of values.filter(isThere(line)).entries()) {
      if (value.span === undefined || !isTaken(value)) continue;
      const place = whole === undefined ? placeOf(path, value.items) : path.text;
      yield { ...textAt(line, value.span), path: number, item, place };
    }
  }
}

function endOf(values: readonly Value[]): PathEnd {
  if (values.some(({ span }) => span !== undefined)) return 'there';
  return values.length > 0 ? 'open' : 'astray';
}

/** Whether something else than null is there. */
function isThere(line: Uint8Array): (value: Value) => boolean {
  return ({ span }) => span !== undefined && line[span.start] !== nullBegins;
}

function nameOf(step: PathStep | undefined): string {
  return typeof step === 'object' ? step.name : '';
}

function textAt(line: Uint8Array, span: Span): Pick<LineText, 'span' | 'bytes' | 'reason'> {
  const bytes = decodeString(line, span);
  if (bytes !== null) return { span, bytes, reason: null };
  return { span, bytes, reason: line[span.start] === quote ? 'invalid_utf8' : 'not_text' };
}

const nullBegins = 0x6e;
const quote = 0x22;

interface Walk {
  readonly line: Uint8Array;
  readonly path: TextPath;
  /** Undefined: no role is looked at. */
  readonly roleField: string | undefined;
}

interface WalkState {
  /** Which step comes next. */
  readonly at: number;
  /** The places in lists so far. */
  readonly items?: readonly number[];
  readonly role?: string | undefined;
}

interface Value {
  /** Undefined where the path may lead on, were something there: a list of none, a null. */
  readonly span: Span | undefined;
  readonly items: readonly number[];
  readonly role: string | undefined;
}

/** Where a path leads from a value on; nowhere where the value has not the path's shape. */
function* valuesOf(walk: Walk, span: Span, state: WalkState): Generator<Value, void> {
  const { line, path } = walk;
  const { at, items = [], role } = state;
  const step = path.steps[at];
  if (step === undefined) {
    yield { span, items, role };
    return;
  }
  const first = line[span.start];
  if (first === nullBegins) {
    yield { span: undefined, items, role };
    return;
  }
  if (step === 'items') return yield* itemsOf(walk, span, { at, items, role });
  if (first !== brace) return;
  const value = memberOf(line, span, step.name);
  if (value !== undefined) yield* valuesOf(walk, value, { at: at + 1, items, role });
}

const brace = 0x7b;
const bracket = 0x5b;

function* itemsOf(
  walk: Walk,
  span: Span,
  { at, items, role }: Required<WalkState>,
): Generator<Value, void> {
  const { line, roleField } = walk;
  if (line[span.start] !== bracket) return;
  const list = scanArray(line.subarray(span.start, span.end));
  if (list.length === 0) yield { span: undefined, items, role };
  for (const [index, item] of list.entries()) {
    const own = { start: span.start + item.start, end: span.start + item.end };
    const isObject = roleField !== undefined && line[own.start] === brace;
    const found = isObject ? (roleOf(line, own, roleField) ?? role) : role;
    yield* valuesOf(walk, own, { at: at + 1, items: [...items, index], role: found });
  }
}

function memberOf(line: Uint8Array, { start, end }: Span, name: string): Span | undefined {
  const found = scanObject(line.subarray(start, end), new Set([name])).members.get(name);
  return found && { start: start + found.start, end: start + found.end };
}

function roleOf(line: Uint8Array, object: Span, field: string): string | undefined {
  const span = memberOf(line, object, field);
  const bytes = span && decodeString(line, span);
  return bytes ? decoder.decode(bytes) : undefined;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/**
 * The line with other texts: each literal of a changed one is replaced, in its style; every other byte stays.
 *
 * @param found - as {@link textsOfLine} gives them for this line
 * @param texts - one each, null where there is none
 */
export function withLineTexts(
  line: Uint8Array,
  found: readonly (FoundText | LineText)[],
  texts: readonly (Uint8Array | null)[],
): Uint8Array {
  const changed = found.flatMap((each, index) => {
    const bytes = texts[index] ?? null;
    const isSame = bytes === null || each.bytes === null || Buffer.compare(bytes, each.bytes) === 0;
    return isSame || !('span' in each) ? [] : [{ span: each.span, bytes }];
  });
  if (changed.length === 0) return line;
  const pieces: Uint8Array[] = [];
  let end = 0;
  for (const { span, bytes } of changed.sort((a, b) => a.span.start - b.span.start)) {
    const literal = line.subarray(span.start, span.end);
    pieces.push(line.subarray(end, span.start), encoder.encode(encodeStringLike(bytes, literal)));
    end = span.end;
  }
  return Buffer.concat([...pieces, line.subarray(end)]);
}
