import type { RecordBatch } from 'apache-arrow';
import { rowBytesOf } from '../arrow/row-bytes.ts';
import { textColumn } from '../arrow/text-column.ts';
import { ToeditError } from '../errors.ts';
import { jsonLinesLayout } from '../json/json-lines-layout.ts';
import type { OnPath } from './text-path.ts';
import type { TextSelection } from './text-selection.ts';

/** Watches whether each path of a selection leads somewhere in some row. */
export interface PathSearch {
  /** Called with where each path leads in each row. */
  readonly found: OnPath;
  /**
   * Called with the rows that `found` was called for.
   *
   * @throws ToeditError `COLUMN_MISSING` once 256 MiB have passed and a path has led nowhere.
   */
  see(batch: RecordBatch): void;
  /**
   * Called at the end of the rows.
   *
   * @throws ToeditError `COLUMN_MISSING` where there were rows, and a path has led nowhere.
   */
  end(): void;
}

/** How much of a file may pass before its first row that a path leads into. */
const searchedBytes = 256 * 2 ** 20;

/**
 * A path may lead nowhere in any row, but not in all: then it is wrong, unless nothing but empty lists and nulls stands in its way.
 *
 * @param name - what errors call the rows
 */
export function pathSearch({ paths }: Pick<TextSelection, 'paths'>, name: string): PathSearch {
  const missing = new Set(paths.keys());
  const open = new Set<number>();
  const astray = new Set<number>();
  const there = new Set<string>();
  let rows = 0;
  let bytes = 0;
  const end = (): void => {
    const path = [...missing].find((each) => astray.has(each) || !open.has(each));
    if (path === undefined || rows === 0) return;
    throw leadsNowhere(paths[path]?.text ?? '', { name, rows, there });
  };
  return {
    found: (path, end) => {
      if (end === 'there') missing.delete(path);
      else (end === 'open' ? open : astray).add(path);
    },
    see(batch) {
      if (missing.size === 0) return;
      if (rows < lookedAtRows) for (const path of pathsIn(batch)) there.add(path);
      const bytesOf = rowBytesOf(batch);
      rows += batch.numRows;
      for (let row = 0; row < batch.numRows; row++) bytes += bytesOf(row);
      if (bytes >= searchedBytes) end();
    },
    end,
  };
}

const shownPaths = 20;

interface Searched {
  readonly name: string;
  readonly rows: number;
  readonly there: ReadonlySet<string>;
}

function leadsNowhere(path: string, { name: file, rows, there }: Searched): ToeditError {
  const shown = [...there].slice(0, shownPaths).map((each) => JSON.stringify(each));
  const list = there.size > shown.length ? `${shown.join(', ')}, ...` : shown.join(', ');
  return new ToeditError(
    'COLUMN_MISSING',
    `${file}: ${JSON.stringify(path)} leads nowhere in the first ${String(rows)} rows: their strings are at ${list || 'no path'}; name one of these`,
    { place: { file } },
  );
}

/** So many rows, of so many bytes at most each, and so many items of each list tell which paths there are. */
const lookedAtRows = 100;
const lookedAtBytes = 2 ** 20;
const lookedAtItems = 20;
const lookedAtLevels = 16;

/** The paths to strings in the first lines. */
function* pathsIn(batch: RecordBatch): Generator<string> {
  const layout = jsonLinesLayout(batch.schema);
  if (layout === undefined) return;
  const lines = textColumn(batch, layout.line);
  for (let row = 0; row < Math.min(batch.numRows, lookedAtRows); row++) {
    const line = lines.bytes(row);
    if (line.length <= lookedAtBytes) yield* pathsBelow(parsed(line), '', 0);
  }
}

function parsed(line: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(line).toString());
  } catch {
    return null;
  }
}

function* pathsBelow(value: unknown, path: string, level: number): Generator<string, void> {
  if (typeof value === 'string' && path !== '') yield path;
  if (typeof value !== 'object' || level === lookedAtLevels) return;
  for (const [step, member] of membersOf(value)) {
    const isWhole = path === '' && typeof member === 'string';
    if (!isWhole && !isStep(step)) continue;
    const dot = path === '' || step === '[]' ? '' : '.';
    yield* pathsBelow(member, `${path}${dot}${step}`, level + 1);
  }
}

function membersOf(value: object | null): readonly (readonly [step: string, member: unknown])[] {
  if (!Array.isArray(value)) return Object.entries(value ?? {});
  return value.slice(0, lookedAtItems).map((item: unknown) => ['[]', item]);
}

/** A name with dots or brackets is no step of a path, but may be a whole one. */
function isStep(name: string): boolean {
  return name === '[]' || !/[.[\]]/u.test(name);
}
