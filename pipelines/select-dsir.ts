import { join } from 'node:path';
import { jensenShannon } from '../src/analysis/features/bucket-measures.ts';
import { type FeatureCounter, featureCounter } from '../src/analysis/features/feature-counter.ts';
import { importanceOf, leastKeyOf, logWeightBins, rowsFrom } from '../src/analysis/importance.ts';
import type { SelectedFile, SelectionReport } from '../src/analysis/selection-report.ts';
import { selectRows } from '../src/arrow/concat/record-batches.ts';
import { ToeditError } from '../src/errors.ts';
import type { InputFile } from '../src/files/find-files.ts';
import { requireWithin } from '../src/files/inside.ts';
import { refuseOverwritten } from '../src/files/list-inputs.ts';
import { dropEmptyBatches, runPipeline, type Source } from '../src/operator.ts';
import {
  badOption,
  type OptionNames,
  requireInteger,
  requireNames,
  requireSeed,
} from '../src/options.ts';
import { textSelection } from '../src/texts/text-selection.ts';
import { eachText, filesOf, openTexts } from './analysis/read-texts.ts';
import { openOutput } from './executor/write-output.ts';
import { textColumnOf } from './stages/text-rows.ts';

/** Settings of {@link selectDsirCorpus}. */
export interface SelectDsirCorpusOptions {
  /** Texts as they are wanted: files, directories or globs. */
  readonly target: readonly string[];
  /** The corpus to select from: files, directories or globs. */
  readonly from: readonly string[];
  /** How many rows to select; all that have a text where there are fewer. */
  readonly rows: number;
  /** The output directory: it mirrors the corpus. */
  readonly output: string;
  /** @defaultValue 0 */
  readonly seed?: bigint | undefined;
  /** A column, or a path to the one text of a row (`meta.body`). @defaultValue 'text' */
  readonly textColumn?: string | undefined;
  /** Replaces output files that stand there. @defaultValue false */
  readonly overwrite?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

const optionNames: OptionNames<SelectDsirCorpusOptions> = {
  ...{ target: true, from: true, rows: true, output: true },
  ...{ seed: true, textColumn: true, overwrite: true, signal: true },
};

/**
 * Selects rows of a corpus that look like a target, by importance resampling: see docs/analysis.md. Both are read once for their
 * distributions, the corpus a second time for the weights and a third for the rows and their texts; 16 bytes a row are held.
 *
 * @throws ToeditError `BAD_OPTION`; `INPUT_NOT_FOUND` where one of the two has no text; of reading; `OUTPUT_EXISTS`, `WRITE_FAILED`;
 *   the signal's reason.
 */
export async function selectDsirCorpus(options: SelectDsirCorpusOptions): Promise<SelectionReport> {
  requireNames('selectDsirCorpus', options, optionNames);
  const { rows, seed = 0n, output } = options;
  requireInteger('rows', rows, [1]);
  requireSeed(seed);
  requireOneText(options);
  const inputs = await filesOf(options.from);
  await refuseOverwritten(inputs, output);
  const target = await countTexts(await filesOf(options.target), 'target', options);
  const raw = await countTexts(inputs, 'from', options);
  const weighed = await weigh(inputs, { target: target.buckets, raw: raw.buckets }, options);
  const leastKey = leastKeyOf(
    [...weighed.values()].map(({ keys }) => keys),
    rows,
  );
  const selection = featureCounter();
  const files = await writeSelected(inputs, { weighed, leastKey, selection }, options);
  const own = selection.state();
  return {
    method: 'dsir',
    candidates: raw.documents,
    selected: own.documents,
    targetDocuments: target.documents,
    meanLogWeight: {
      candidates: meanOf(weighed, Number.NEGATIVE_INFINITY),
      selected: meanOf(weighed, leastKey),
    },
    jensenShannon: {
      candidates: jensenShannon(raw.buckets, target.buckets),
      selected: jensenShannon(own.buckets, target.buckets),
    },
    logWeights: logWeightBins(weighed.values(), leastKey),
    files,
  };
}

/** A row is selected by its text. */
function requireOneText({ textColumn: column }: SelectDsirCorpusOptions): void {
  if (column === undefined || textSelection({ textColumn: column })?.isMany !== true) return;
  const remedy =
    'a row may have more texts than one, and is selected by one; name a path without []';
  throw badOption('textColumn', column, remedy);
}

async function countTexts(
  inputs: readonly InputFile[],
  of: 'target' | 'from',
  options: SelectDsirCorpusOptions,
) {
  const { textColumn: column = 'text', signal } = options;
  const counter = featureCounter();
  for (const input of inputs) {
    for await (const opened of openTexts(input, { textColumn: column, signal })) {
      await eachText(opened.textsFrom(0), textColumnOf(options), (text) => counter.add(text));
    }
  }
  const state = counter.state();
  if (state.unigrams > 0) return state;
  const message = `${options[of].join(', ')} has no text in column ${JSON.stringify(column)}: give ${of} a corpus of texts`;
  throw new ToeditError('INPUT_NOT_FOUND', message);
}

/** What decides which rows of a file are selected: as `Importance`, of all its rows. */
interface WeighedFile {
  readonly logWeights: Float64Array;
  readonly keys: Float64Array;
}

/** By the name of the file, or of the member of an archive. */
type Weighed = ReadonlyMap<string, WeighedFile>;

async function weigh(
  inputs: readonly InputFile[],
  counts: { readonly target: Float64Array; readonly raw: Float64Array },
  { textColumn = 'text', seed, signal }: SelectDsirCorpusOptions,
): Promise<Weighed> {
  const column = textColumnOf({ textColumn });
  const read = importanceOf({ ...counts, seed, textColumn: column });
  const files = new Map<string, WeighedFile>();
  for (const input of inputs) {
    for await (const opened of openTexts(input, { textColumn, signal })) {
      const batches: WeighedFile[] = [];
      let firstRow = 0;
      for await (const batch of opened.textsFrom(0)) {
        batches.push(read(batch, { file: opened.relativePath, firstRow }));
        firstRow += batch.numRows;
      }
      files.set(opened.name, {
        logWeights: joined(batches.map(({ logWeights }) => logWeights)),
        keys: joined(batches.map(({ keys }) => keys)),
      });
    }
  }
  return files;
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The mean of the log weights of rows whose key is at least that. */
function meanOf(weighed: Weighed, leastKey: number): number | null {
  let [sum, count] = [0, 0];
  for (const { logWeights, keys } of weighed.values()) {
    for (const row of rowsFrom(keys, leastKey)) {
      sum += logWeights[row] ?? 0;
      count++;
    }
  }
  return count === 0 ? null : sum / count;
}

interface Chosen {
  readonly weighed: Weighed;
  readonly leastKey: number;
  /** Counts what is selected. */
  readonly selection: FeatureCounter;
}

async function writeSelected(
  inputs: readonly InputFile[],
  { weighed, leastKey, selection }: Chosen,
  { output, overwrite, textColumn: column = 'text', signal }: SelectDsirCorpusOptions,
): Promise<readonly SelectedFile[]> {
  const files: SelectedFile[] = [];
  for (const input of inputs) {
    for await (const opened of openTexts(input, { textColumn: column, signal })) {
      const keys = weighed.get(opened.name)?.keys ?? new Float64Array();
      const selected = rowsFrom(keys, leastKey).length;
      if (selected === 0) continue;
      const path = join(output, opened.relativePath);
      await requireWithin(output, path);
      await runPipeline({
        source: selectedRows(opened.source, keys, leastKey),
        operator: dropEmptyBatches,
        sink: openOutput(opened, { textColumn: column }, { path, overwrite }),
        signal,
      });
      const texts = selectedRows(opened.textsFrom(0), keys, leastKey);
      await eachText(texts, textColumnOf({ textColumn: column }), (text) => selection.add(text));
      files.push({ input: opened.name, output: path, rows: keys.length, selected });
    }
  }
  return files;
}

/** Record batches of all columns need not be cut as those of the texts were. */
async function* selectedRows(source: Source, keys: Float64Array, leastKey: number): Source {
  let firstRow = 0;
  for await (const batch of source) {
    const own = keys.subarray(firstRow, firstRow + batch.numRows);
    yield selectRows(batch, rowsFrom(own, leastKey));
    firstRow += batch.numRows;
  }
}
