import { lstat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cardName, type Dataset, isNeededToLoad } from '../../src/dataset/dataset-card.ts';
import { isErrno, ToeditError } from '../../src/errors.ts';
import { commitFile } from '../../src/files/commit-file.ts';
import { readRegular } from '../../src/files/open-regular.ts';
import { fileUnreadable } from '../../src/files/read-bytes.ts';
import { badOption } from '../../src/options.ts';
import { isSealed } from '../../src/report/card/card-seal.ts';
import type { Manifest } from '../../src/run/manifest/manifest.ts';
import type { RunPaths } from '../../src/run/run-paths.ts';
import { keepsScores, type ScoreCorpusOptions } from '../stages/corpus-options.ts';

/** Where the card of an output directory lies. */
export function cardPath(output: string): string {
  return join(output, cardName);
}

/** No card is as long, with that of a data set in it: a longer file is somebody else's, and is not read. */
const longestCard = 2 ** 25;

/**
 * Whether a run keeps a card. Where nothing is said, it does if its outputs are a data set that the source's card is needed to load; score
 * files are none.
 */
export function wantsCard(
  { card, candidates }: Pick<ScoreCorpusOptions, 'card' | 'candidates'>,
  dataset: Dataset | undefined,
): boolean {
  return card ?? (dataset !== undefined && isNeededToLoad(dataset) && !keepsScores({ candidates }));
}

/**
 * What stands in a card's place: `none`, a `foreign` file, which nobody here replaces, or the text of a card that is as toedit wrote it.
 *
 * @throws ToeditError `FILE_UNREADABLE`.
 */
export async function findCard(
  output: string,
): Promise<'none' | 'foreign' | { readonly text: string }> {
  const path = cardPath(output);
  try {
    const found = await lstat(path);
    if (!found.isFile() || found.size > longestCard) return 'foreign';
    const text = (await readRegular(path)).toString();
    return isSealed(text) ? { text } : 'foreign';
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return 'none';
    throw fileUnreadable(path, error);
  }
}

/**
 * Makes sure, before any work, that a run with a card may write one.
 *
 * @throws ToeditError `OUTPUT_EXISTS` where another file, or a card that was edited, stands there; `BAD_OPTION` where an output is to.
 */
export async function requireCardPlace(
  { card, tasks }: Pick<Manifest, 'card' | 'tasks'>,
  output: string,
): Promise<void> {
  if (card !== true) return;
  const isCard = (name: string): boolean => name.split('/')[0]?.toLowerCase() === 'readme.md';
  const taken = tasks.find(({ relativePath }) => isCard(relativePath));
  if (taken !== undefined) {
    const remedy = `${taken.path} would be written to the place of the card: leave out card, or rename that file`;
    throw badOption('card', true, remedy);
  }
  if ((await findCard(output)) !== 'foreign') return;
  const path = cardPath(output);
  const message = `${path} exists already, and toedit did not write it as it is: move it away, or write none: --no-card (card: false)`;
  throw new ToeditError('OUTPUT_EXISTS', message, { place: { file: path } });
}

/**
 * Writes a card, whole or not at all, in the place of an earlier one. Filled among the parts of the run, it cannot appear where the run was
 * retired.
 *
 * @throws ToeditError `WRITE_FAILED`.
 */
export async function writeCard(
  { output, parts }: RunPaths,
  { text, worker }: { readonly text: string; readonly worker: string },
): Promise<void> {
  const temporaryPath = join(parts, `card-${worker}.md`);
  await commitFile(cardPath(output), { overwrite: true, temporaryPath }, (path) =>
    writeFile(path, text),
  );
}
