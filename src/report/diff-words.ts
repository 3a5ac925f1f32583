/** A stretch of text that stayed, or one that was replaced: `after` differs from `before` only in the latter. */
export interface Change {
  readonly before: string;
  readonly after: string;
}

/**
 * The stretches, in order, whose `before` and `after` concatenate to the two texts: a longest common subsequence of
 * words (runs of letters and digits, single other characters). Meant for excerpts: time and memory grow with the
 * product of the two word counts.
 */
export function diffWords(before: string, after: string): readonly Change[] {
  const left = splitWords(before);
  const right = splitWords(after);
  return joinNeighbours(walk(left, right, commonLengths(left, right)));
}

function splitWords(text: string): readonly string[] {
  return text.match(/[\p{L}\p{M}\p{N}]+|[^\p{L}\p{M}\p{N}]/gu) ?? [];
}

/** `table[i][j]` is the length of the longest common subsequence of `left` from i and `right` from j. */
function commonLengths(left: readonly string[], right: readonly string[]): readonly Uint32Array[] {
  const table = Array.from({ length: left.length + 1 }, () => new Uint32Array(right.length + 1));
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      const row = table[i];
      if (row === undefined) continue;
      row[j] =
        left[i] === right[j]
          ? 1 + at(table, i + 1, j + 1)
          : Math.max(at(table, i + 1, j), at(table, i, j + 1));
    }
  }
  return table;
}

function at(table: readonly Uint32Array[], i: number, j: number): number {
  return table[i]?.[j] ?? 0;
}

function* walk(
  left: readonly string[],
  right: readonly string[],
  table: readonly Uint32Array[],
): Generator<Change> {
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    const before = left[i] ?? '';
    const after = right[j] ?? '';
    if (i < left.length && before === after) {
      yield { before, after };
      i++;
      j++;
    } else if (
      j >= right.length ||
      (i < left.length && at(table, i + 1, j) >= at(table, i, j + 1))
    ) {
      yield { before, after: '' };
      i++;
    } else {
      yield { before: '', after };
      j++;
    }
  }
}

function joinNeighbours(changes: Iterable<Change>): readonly Change[] {
  const joined: Change[] = [];
  for (const change of changes) {
    const last = joined.at(-1);
    if (last !== undefined && isKept(last) === isKept(change)) {
      joined[joined.length - 1] = {
        before: last.before + change.before,
        after: last.after + change.after,
      };
    } else {
      joined.push(change);
    }
  }
  return joined;
}

/** Whether the stretch stayed as it was. */
export function isKept(change: Change): boolean {
  return change.before === change.after;
}
