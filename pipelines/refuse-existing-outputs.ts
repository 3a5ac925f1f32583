import { stat } from 'node:fs/promises';
import { ToeditError } from '../src/errors.ts';
import { detectFormat } from '../src/files/detect-format.ts';
import type { InputFile } from '../src/files/find-files.ts';
import type { CorpusOptions } from './corpus-options.ts';
import { outputPath } from './output-path.ts';

/**
 * Makes sure, before any work, that no output stands already: for an archive, the directory that mirrors it. Files that
 * cannot be recognised are looked at when their turn comes.
 *
 * @throws ToeditError OUTPUT_EXISTS naming the first.
 */
export async function refuseExistingOutputs(
  inputs: readonly InputFile[],
  options: CorpusOptions,
): Promise<void> {
  if (options.overwrite === true) return;
  for (const input of inputs) {
    const format = await detectFormat(input.path).catch(() => null);
    if (format === null) continue;
    const path = outputPath({ ...input, format }, options);
    if ((await stat(path).catch(() => null)) === null) continue;
    throw new ToeditError(
      'OUTPUT_EXISTS',
      `${path} exists already: choose another output directory, or replace it with --overwrite`,
      { place: { file: path } },
    );
  }
}
