import type { RecordBatch } from 'apache-arrow';
import { takeRows } from '../../operators/take-rows.ts';
import {
  type FeatureCounter,
  featureCounter,
} from '../../src/analysis/features/feature-counter.ts';
import { type GroupedStates, newPart, type PartState } from '../../src/analysis/part-state.ts';
import { mostGroups, tooManyGroups } from '../../src/analysis/report-sets.ts';
import { addScores, newScoreState } from '../../src/analysis/scores/score-state.ts';
import { textColumn } from '../../src/arrow/text-column.ts';
import type { InputFile } from '../../src/files/find-files.ts';
import type { Source } from '../../src/operator.ts';
import { keyColumn } from '../../src/random/uniform-draw.ts';
import { type ScoredRow, scoredBatch } from '../../src/resampling/scored-batch.ts';
import type { TokenBytes } from '../../src/text/token-bytes.ts';
import { isValidUtf8 } from '../../src/text/utf8.ts';
import { readScoreFile, type ScoreFileOf } from '../stages/score-files.ts';
import { textColumnOf } from '../stages/text-rows.ts';
import { openTexts } from './read-texts.ts';

/** How files are measured. */
export interface MeasureOptions {
  /** A column, or a path to texts within columns: then each text is a row. */
  readonly textColumn: string;
  readonly groupBy: string | null;
  /** Rows of each file at most; null where all are read. */
  readonly limit: number | null;
  /** Called after each record batch. */
  readonly onRows?: ((rows: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Measures the texts of a file, or of the members of an archive. */
export async function measureTexts(
  input: Pick<InputFile, 'path' | 'relativePath'>,
  options: MeasureOptions,
): Promise<GroupedStates> {
  const { textColumn: name, groupBy, signal } = options;
  const groups = groupCounters(groupBy);
  const reading = { textColumn: name, column: groupBy ?? undefined, signal };
  for await (const opened of openTexts(input, reading)) {
    for await (const batch of limited(opened.textsFrom(0), options)) {
      addTexts(batch, options, groups);
      options.onRows?.(batch.numRows);
    }
  }
  return groups.states();
}

async function* limited(source: Source, { limit, signal }: MeasureOptions): Source {
  for await (const batch of limit === null ? source : takeRows(limit)(source)) {
    signal?.throwIfAborted();
    yield batch;
  }
}

function addTexts(
  batch: RecordBatch,
  { textColumn: name, groupBy }: MeasureOptions,
  groups: GroupCounters,
): void {
  const texts = textColumn(batch, textColumnOf({ textColumn: name }));
  const groupOf = groupBy === null ? undefined : keyColumn(batch, groupBy);
  for (let row = 0; row < batch.numRows; row++) {
    const { part, counter } = groups.of(groupOf?.(row));
    const bytes = texts.bytes(row);
    part.rows++;
    if (texts.isNull(row) || !isValidUtf8(bytes)) part.passed++;
    else counter.add(bytes);
  }
}

/** A file of a score run. */
export interface ScoreFile extends ScoreFileOf {
  readonly path: string;
  readonly tokenBytes: TokenBytes;
}

/** Measures the texts and the scores of a score file: a text is its tokens' bytes. */
export async function measureScores(
  { path, tokenBytes, ...of }: ScoreFile,
  options: MeasureOptions,
): Promise<GroupedStates> {
  const groups = groupCounters(null);
  const { part, counter } = groups.of(undefined);
  const scores = newScoreState();
  part.scores = scores;
  let firstRow = 0;
  for await (const batch of limited(readScoreFile(path, of), options)) {
    const rows = scoredBatch(batch, false, { file: path });
    for (let index = 0; index < batch.numRows; index++) {
      const row = rows(index);
      part.rows++;
      if (row === undefined) part.passed++;
      else {
        const { text, predictedBytes } = textOf(row, tokenBytes);
        counter.add(text);
        const place = { file: of.relativePath, row: firstRow + index };
        addScores(scores, { logprobs: row.logprobs, predictedBytes, ...place });
      }
    }
    firstRow += batch.numRows;
    options.onRows?.(batch.numRows);
  }
  return groups.states();
}

function textOf(
  { tokenIds, logprobs }: ScoredRow,
  tokenBytes: TokenBytes,
): { readonly text: Uint8Array; readonly predictedBytes: number } {
  let [bytes, predictedBytes] = [0, 0];
  tokenIds.forEach((id, position) => {
    const length = tokenBytes.length(id);
    bytes += length;
    if (!Number.isNaN(logprobs[position])) predictedBytes += length;
  });
  const text = new Uint8Array(bytes);
  let at = 0;
  for (const id of tokenIds) {
    text.set(tokenBytes.bytes(id), at);
    at += tokenBytes.length(id);
  }
  return { text, predictedBytes };
}

interface GroupCounter {
  readonly part: PartState;
  readonly counter: FeatureCounter;
}

interface GroupCounters {
  /** The counter of a group, by the bytes that name it; undefined where a row is null, or there are no groups. */
  readonly of: (name: Uint8Array | undefined) => GroupCounter;
  readonly states: () => GroupedStates;
}

/** A counter of a group remembers less than one that is alone. */
const groupPairs = 2 ** 15;

function groupCounters(groupBy: string | null): GroupCounters {
  const groups = new Map<string | null | undefined, GroupCounter>();
  const maxPairs = groupBy === null ? undefined : groupPairs;
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return {
    of: (name) => {
      const none = groupBy === null ? undefined : null;
      const group = name === undefined ? none : decoder.decode(name);
      const known = groups.get(group);
      if (known !== undefined) return known;
      if (groups.size === mostGroups) throw tooManyGroups();
      const made = { part: newPart(), counter: featureCounter({ maxPairs }) };
      groups.set(group, made);
      return made;
    },
    states: () =>
      new Map(
        [...groups].map(([group, { part, counter }]) => [
          group,
          { ...part, features: counter.state() },
        ]),
      ),
  };
}
