import { join, relative } from 'node:path';
import { RecordBatch, Schema } from 'apache-arrow';
import { writeArrow } from '../../operators/formats/write-arrow.ts';
import type { Operator } from '../../src/operator.ts';
import { runPipeline } from '../../src/operator.ts';
import { keptRecordPath } from '../../src/run/kept-records.ts';
import type { RunPaths } from '../../src/run/run-paths.ts';
import type { OutputRecord } from './splice-output.ts';

/** A record that is to be kept, and what it is of. */
export interface KeptRecord {
  /** The name of the output file's journal. */
  readonly name: string;
  readonly record: Required<OutputRecord>;
  readonly input: string;
  readonly output: string;
  readonly textColumn: string;
}

/**
 * Keeps the record of an output file as an Arrow file, whose schema `docs/runs.md` describes: what was edited can be seen, verified and
 * taken back by it alone.
 *
 * @throws ToeditError `WRITE_FAILED`; the signal's reason.
 */
export async function keepRecord(
  kept: KeptRecord,
  {
    paths,
    worker,
    run,
    signal,
  }: {
    readonly paths: RunPaths;
    readonly worker: string;
    readonly run: string;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const facts = new Map([
    ['toedit:run', run],
    ['toedit:input', kept.input],
    ['toedit:output', relative(paths.output, kept.output)],
    ['toedit:text_column', kept.textColumn],
  ]);
  await runPipeline({
    source: kept.record.batches(),
    operator: withMetadata(facts),
    sink: writeArrow(keptRecordPath(paths, kept.name), {
      overwrite: true,
      temporaryPath: join(paths.parts, `${kept.name}-${worker}.edits.part`),
    }),
    signal,
  });
}

/** Gives record batches this metadata of their schema, in place of their own. */
export function withMetadata(metadata: ReadonlyMap<string, string>): Operator {
  return async function* withMetadata(source) {
    for await (const { schema, data } of source) {
      yield new RecordBatch(new Schema(schema.fields, new Map(metadata)), data);
    }
  };
}
