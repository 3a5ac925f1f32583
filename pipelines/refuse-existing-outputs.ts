import { stat } from 'node:fs/promises';
import { ToeditError } from '../src/errors.ts';
import type { Task } from '../src/run/manifest/manifest.ts';
import type { CorpusOptions } from './corpus-options.ts';
import { outputPath } from './executor/output-path.ts';

/**
 * Makes sure, before any work, that every input has an output of its own, and that none stands already: for an archive,
 * the directory that mirrors it. Files that cannot be recognised are looked at when their turn comes.
 *
 * @throws ToeditError BAD_OPTION naming two inputs of one output; OUTPUT_EXISTS naming the first that does.
 */
export async function refuseExistingOutputs(
  inputs: readonly Pick<Task, 'path' | 'relativePath' | 'format'>[],
  options: Pick<CorpusOptions, 'output' | 'format' | 'overwrite'>,
): Promise<void> {
  const outputs = new Map<string, string>();
  for (const { path, relativePath, format } of inputs) {
    if (format === null) continue;
    const output = outputPath({ relativePath, format }, options);
    const other = outputs.get(output);
    if (other !== undefined) throw sharedOutput(other, path, output);
    outputs.set(output, path);
  }
  if (options.overwrite === true) return;
  for (const path of outputs.keys()) {
    if ((await stat(path).catch(() => null)) !== null) throw existing(path);
  }
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
