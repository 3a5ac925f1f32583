import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ToeditError } from '../../src/errors.ts';
import { type Task } from '../../src/run/manifest/manifest.ts';
import { type RunCorpusOptions } from '../stages/corpus-options.ts';
import { outputPath } from '../stages/output-path.ts';

/**
 * Makes sure, before any work, that every input has an output of its own, and that none stands already: for an archive,
 * the directory that mirrors it. Files that cannot be recognised are looked at when their turn comes.
 *
 * @throws ToeditError BAD_OPTION naming two inputs of one output, or one whose output lies below that of another; OUTPUT_EXISTS naming the first that does.
 */
export async function refuseExistingOutputs(
  inputs: readonly Pick<Task, 'path' | 'relativePath' | 'format'>[],
  options: Pick<RunCorpusOptions, 'output' | 'format' | 'candidates' | 'overwrite'>,
): Promise<void> {
  const outputs = new Map<string, string>();
  for (const { path, relativePath, format } of inputs) {
    if (format === null) continue;
    const output = outputPath({ relativePath, format }, options);
    const other = outputs.get(output);
    if (other !== undefined) throw sharedOutput(other, path, output);
    outputs.set(output, path);
  }
  refuseOutputsWithin(outputs);
  if (options.overwrite === true) return;
  for (const path of outputs.keys()) {
    if ((await stat(path).catch(() => null)) !== null) throw existing(path);
  }
}

/** A file cannot be the directory of another one. */
function refuseOutputsWithin(outputs: ReadonlyMap<string, string>): void {
  for (const [output, path] of outputs) {
    let above = dirname(output);
    while (above !== dirname(above)) {
      const other = outputs.get(above);
      if (other !== undefined) throw outputWithin({ path, output }, { path: other, output: above });
      above = dirname(above);
    }
  }
}

interface PlannedOutput {
  readonly path: string;
  readonly output: string;
}

function outputWithin(inner: PlannedOutput, outer: PlannedOutput): ToeditError {
  return new ToeditError(
    'BAD_OPTION',
    `${inner.path} would be written to ${inner.output}, below ${outer.output}, which ${outer.path} becomes: rename one, or run them apart`,
  );
}

function sharedOutput(one: string, other: string, path: string): ToeditError {
  return new ToeditError(
    'BAD_OPTION',
    `${one} and ${other} would both be written to ${path}: leave the format as it is, or run them apart`,
  );
}

function existing(path: string): ToeditError {
  return new ToeditError(
    'OUTPUT_EXISTS',
    `${path} exists already: choose another output directory, or replace it with --overwrite`,
    { place: { file: path } },
  );
}
