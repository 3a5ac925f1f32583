import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { RecordBatch } from 'apache-arrow';
import { applyRecord } from '../../operators/apply-record.ts';
import { readArrow } from '../../operators/formats/read-arrow.ts';
import { readJsonl } from '../../operators/formats/read-jsonl.ts';
import { readParquet } from '../../operators/formats/read-parquet.ts';
import { writeArrow } from '../../operators/formats/write-arrow.ts';
import { writeJsonl } from '../../operators/formats/write-jsonl.ts';
import { writeParquet } from '../../operators/formats/write-parquet.ts';
import { meter } from '../../operators/meter.ts';
import { rebatch } from '../../operators/rebatch.ts';
import { recordEdits, resampleTokens } from '../../operators/resample-tokens.ts';
import { scoreTokens } from '../../operators/score-tokens.ts';
import { tokenize } from '../../operators/tokenize.ts';
import { spliceOutput } from '../../pipelines/executor/splice-output.ts';
import { batchLimits } from '../../pipelines/stages/corpus-stages.ts';
import { emptyTotals } from '../../src/metrics/totals.ts';
import type { Prior } from '../../src/model/load-prior.ts';
import type { Source } from '../../src/operator.ts';
import { compose } from '../../src/operator.ts';
import { readFileMetadata } from '../../src/parquet/footer/file-metadata.ts';
import { readParquetTexts } from '../../src/parquet/read-parquet-texts.ts';
import { openJournal } from '../../src/run/journal/open-journal.ts';
import type { Work } from './work.ts';

/** A part of the pipeline, by itself. */
type Part = Pick<Work, 'name' | 'kind' | 'run'>;

/**
 * The parts of the pipeline over a Parquet file, each with its input in memory or on the disk: what one part gives is what the
 * next one takes.
 */
export async function partsOf(input: string, prior: Prior, scratch: string): Promise<Part[]> {
  const stages = {
    tokenise: compose(rebatch(batchLimits('text')), tokenize(prior)),
    'pack and gather': scoreTokens(prior),
    resample: resampleTokens(prior, { seed: 7n }),
    count: meter(emptyTotals(), { threshold: 0.99 }),
    record: recordEdits(prior),
  };
  const parts: Part[] = [];
  const read = await all(readParquet(input));
  const files = await writeCopies(read, scratch);
  parts.push(
    {
      name: 'read texts of Parquet',
      kind: 'part',
      run: () => drain(readParquetTexts(input, { column: 'text' })),
    },
    { name: 'read Parquet', kind: 'other', run: () => drain(readParquet(input)) },
    { name: 'read Arrow', kind: 'other', run: () => drain(readArrow(files.arrow)) },
    { name: 'read JSONL.gz', kind: 'other', run: () => drain(readJsonl(files.jsonl)) },
  );
  let batches = read;
  for (const [name, operator] of Object.entries(stages)) {
    const taken = batches;
    parts.push({ name, kind: 'part', run: () => drain(operator(streamOf(taken))) });
    batches = await all(operator(streamOf(taken)));
  }
  return [...parts, ...(await outputParts({ input, read, records: batches }, scratch))];
}

interface Recorded {
  readonly input: string;
  readonly read: readonly RecordBatch[];
  readonly records: readonly RecordBatch[];
}

async function outputParts(
  { input, read, records }: Recorded,
  scratch: string,
): Promise<readonly Part[]> {
  const to = (name: string) => join(scratch, name);
  const over = { overwrite: true };
  const apply = (): Source =>
    compose(
      rebatch(batchLimits('text')),
      applyRecord(streamOf(records), { file: input }),
    )(streamOf(read));
  const edited = await all(apply());
  const splice = {
    ...{ file: input, inputPath: input, path: to('output.parquet'), textColumn: 'text' },
    footer: await readFileMetadata(input),
    temporaryPath: to('part'),
    record: { rows: 0, batches: () => streamOf(records) },
    limit: Number.POSITIVE_INFINITY,
    isKept: () => true,
    ...{ selection: null, dead: [] },
    ...{ added: null, report: false, requireInput: undefined, signal: undefined },
  };
  return [
    { name: 'journal, synced', kind: 'part', run: () => journal(records, to('journal')) },
    { name: 'splice Parquet and check it', kind: 'part', run: () => spliceOutput(splice) },
    { name: 'apply edits to Arrow', kind: 'other', run: () => drain(apply()) },
    {
      name: 'write Parquet',
      kind: 'other',
      run: () => writeParquet(to('other.parquet'), over)(streamOf(edited)),
    },
    {
      name: 'write Arrow',
      kind: 'other',
      run: () => writeArrow(to('output.arrow'), over)(streamOf(edited)),
    },
  ];
}

async function writeCopies(batches: readonly RecordBatch[], scratch: string) {
  const arrow = join(scratch, 'copy.arrow');
  const jsonl = join(scratch, 'copy.jsonl.gz');
  await writeArrow(arrow)(streamOf(batches));
  await writeJsonl(jsonl, { compression: 'gzip' })(streamOf(batches));
  return { arrow, jsonl };
}

async function journal(batches: readonly RecordBatch[], directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await using journal = await openJournal(directory, { identity: 'benchmark', worker: 'one' });
  for (const batch of batches) await journal.append(batch);
  await journal.complete();
  await rm(directory, { recursive: true, force: true });
}

function streamOf(batches: readonly RecordBatch[]): Source {
  return Readable.from(batches) as Source;
}

async function all(source: Source): Promise<RecordBatch[]> {
  const batches: RecordBatch[] = [];
  for await (const batch of source) batches.push(batch);
  return batches;
}

async function drain(source: Source): Promise<void> {
  for await (const _ of source);
}
