import { stat } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { deadReasons } from '../../operators/dead-letters.ts';
import { readArrow } from '../../operators/formats/read-arrow.ts';
import { readJsonl } from '../../operators/formats/read-jsonl.ts';
import { readParquet } from '../../operators/formats/read-parquet.ts';
import { keptTexts } from '../../operators/kept-texts.ts';
import { spreadTexts } from '../../operators/spread-texts.ts';
import { skipRows } from '../../operators/take-rows.ts';
import { textColumn as textColumnIn } from '../../src/arrow/text-column.ts';
import { ToeditError } from '../../src/errors.ts';
import { detectFormat, type FileFormat } from '../../src/files/detect-format.ts';
import type { Source } from '../../src/operator.ts';
import { readFileMetadata } from '../../src/parquet/footer/file-metadata.ts';
import { readParquetTexts } from '../../src/parquet/read-parquet-texts.ts';
import { type RecordedEdit, recordRows } from '../../src/record/read-record.ts';
import type { Passage } from '../../src/report/page/report-data.ts';
import { journalName, keptRecordPath } from '../../src/run/kept-records.ts';
import type { OutputReport } from '../../src/run/ledger/ledger.ts';
import type { Manifest, Task } from '../../src/run/manifest/manifest.ts';
import type { RunPaths } from '../../src/run/run-paths.ts';
import { hasTextPlaces, textPlaces } from '../../src/texts/text-rows.ts';
import { textSelection } from '../../src/texts/text-selection.ts';
import { optionsOfManifest, type RunCorpusOptions } from '../stages/corpus-options.ts';
import { textColumnOf, textOptionsOf } from '../stages/text-rows.ts';
import { passageOf } from './passage.ts';

/** A run, and the output files that it has finished. */
export interface PassageSource {
  readonly manifest: Manifest;
  readonly paths: RunPaths;
  readonly outputs: readonly { readonly task: Task; readonly report: OutputReport }[];
  readonly signal?: AbortSignal | undefined;
}

/** Passages, and of which files there are none though they were edited. */
export interface CollectedPassages {
  readonly passages: readonly Passage[];
  readonly notes: readonly string[];
}

/** How many passages are shown, of how many files, and how many rows of a file are looked at. */
const most = { passages: 24, files: 12, rows: 200_000 } as const;

/**
 * Edited passages of a run, made of its outputs and of what it kept of its edits: inputs need not be there any more. Files are taken
 * evenly from all that were edited, and of each the first rows that were.
 */
export async function collectPassages(run: PassageSource): Promise<CollectedPassages> {
  const edited = run.outputs.filter(({ report }) => isEdited(report));
  const chosen = evenly(edited, most.files);
  const passages: Passage[] = [];
  const notes: string[] = [];
  for (const [index, output] of chosen.entries()) {
    run.signal?.throwIfAborted();
    const wanted = Math.ceil((most.passages - passages.length) / (chosen.length - index));
    try {
      passages.push(...(await passagesOf(output, wanted, run)));
    } catch (error) {
      if (!(error instanceof ToeditError)) throw error;
      notes.push(`Passages of ${nameOf(output.report, run)} are not shown: ${error.message}`);
    }
  }
  return { passages, notes };
}

function isEdited({ status, totals }: OutputReport): boolean {
  return status === 'done' && totals !== null && totals.edits.changed + totals.edits.deleted > 0;
}

function evenly<T>(items: readonly T[], count: number): readonly T[] {
  if (items.length <= count) return items;
  return Array.from(
    { length: count },
    (_, at) => items[Math.floor((at * items.length) / count)],
  ).filter((item) => item !== undefined);
}

function nameOf({ output, input }: OutputReport, { paths }: PassageSource): string {
  return relative(paths.output, output ?? input)
    .split(sep)
    .join('/');
}

async function passagesOf(
  { task, report }: PassageSource['outputs'][number],
  wanted: number,
  run: PassageSource,
): Promise<readonly Passage[]> {
  const record = keptRecordPath(run.paths, journalName(task, report.input));
  const { output } = report;
  if (output === null || (await stat(record).catch(() => null)) === null) return [];
  const rows = await editedRows(
    () => readArrow(record, { signal: run.signal }),
    wanted,
    run.manifest,
  );
  const [first] = rows;
  if (first === undefined) return [];
  const passages: Passage[] = [];
  let [at, next] = [first.outputRow, 0];
  const options = { ...optionsOfManifest(run.manifest), signal: run.signal };
  const textColumn = textColumnOf(options);
  for await (const batch of await textsOf(output, options, at)) {
    const texts = textColumnIn(batch, textColumn);
    for (
      let row = rows[next];
      row !== undefined && row.outputRow < at + batch.numRows;
      row = rows[next]
    ) {
      passages.push({
        file: nameOf(report, run),
        row: row.row,
        ...passageOf(texts.bytes(row.outputRow - at), row.edits, row.row, output),
      });
      next++;
    }
    if (next === rows.length) break;
    at += batch.numRows;
  }
  return passages;
}

/** A row that was edited: where it stands in the input and in the output, and its edits. */
interface EditedRow {
  readonly row: number;
  readonly outputRow: number;
  readonly edits: readonly RecordedEdit[];
}

/** The texts of an output of which each has a row of its own. */
function textRowsOf(path: string, kind: FileFormat['kind'], options: RunCorpusOptions): Source {
  const { signal } = options;
  const spread = spreadTexts(textOptionsOf({ ...options, keyColumn: undefined }));
  if (kind === 'parquet') return spread(readParquet(path, { signal }));
  if (kind !== 'jsonl') return spread(readArrow(path, { signal }));
  return spread(readJsonl(path, { textColumn: null, onBadLine: 'pass', signal }));
}

async function editedRows(
  record: () => Source,
  wanted: number,
  manifest: Manifest,
): Promise<readonly EditedRow[]> {
  const dead = deadReasons(optionsOfManifest(manifest).onBadRow ?? 'pass');
  const keptOf = await keptTexts(record, dead);
  const found: EditedRow[] = [];
  let [row, outputRow] = [0, 0];
  for await (const batch of record()) {
    const recorded = recordRows(batch);
    const places = hasTextPlaces(batch) ? textPlaces(batch) : undefined;
    for (const index of keptOf(batch)) {
      const edits = recorded.edits(index);
      const own = places?.row(index) ?? row + index;
      if (edits.length > 0) found.push({ row: own, outputRow, edits });
      outputRow++;
      if (found.length === wanted) return found;
    }
    row += batch.numRows;
    if (row >= most.rows) break;
  }
  return found;
}

async function textsOf(path: string, options: RunCorpusOptions, firstRow: number): Promise<Source> {
  const { signal } = options;
  const column = textColumnOf(options);
  const { kind } = await detectFormat(path);
  if (textSelection(options) !== null) return skipRows(firstRow)(textRowsOf(path, kind, options));
  if (kind === 'parquet') {
    return readParquetTexts(path, {
      column,
      firstRow,
      footer: await readFileMetadata(path),
      signal,
    });
  }
  const source =
    kind === 'jsonl'
      ? readJsonl(path, { textColumn: column, onBadLine: 'pass', signal })
      : readArrow(path, { signal });
  return skipRows(firstRow)(source);
}
