import { stat } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { cardName, type Dataset, findDataset } from '../../src/dataset/dataset-card.ts';
import { dataFileMatcher } from '../../src/dataset/match-data-files.ts';
import { configsOf, type DatasetConfig, fromRoot } from '../../src/dataset/split-files.ts';
import type { InputFile, SkippedInput } from '../../src/files/find-files.ts';
import { foreignFormatOf } from '../../src/files/foreign-formats.ts';
import { type InputList, listInputs } from '../../src/files/list-inputs.ts';
import { isAddress } from '../../src/stores/address.ts';
import type { CorpusOptions } from '../stages/corpus-options.ts';

/** The inputs of a run, and the data set that they are. */
export interface Corpus extends InputList {
  readonly dataset?: Dataset | undefined;
}

/**
 * Lists the inputs of a run. Of a data set these are the files that its card's configurations name; all data files, where one of them
 * names none or what they name is not there. Of a configuration whose files are all of a format that is not read, such as CSV, these
 * are inputs, too, and fail as files: its rows would else be missing without a word.
 *
 * @throws ToeditError as `listInputs`.
 */
export async function listCorpus({
  inputs: patterns,
  output,
}: Pick<CorpusOptions, 'inputs' | 'output'>): Promise<Corpus> {
  const listed = await listInputs(patterns, { output });
  const found = await findDataset(patterns);
  if (found === undefined) return listed;
  const { dataset, directory } = found;
  const skipped = listed.skipped.filter(({ path }) => pathBelow(directory, path) !== cardName);
  return { ...(await selectNamed({ ...listed, skipped }, directory, dataset)), dataset };
}

const unnamed = 'no configuration of the data set names it (README.md)';

async function selectNamed(
  { inputs, skipped }: InputList,
  directory: string,
  { card }: Dataset,
): Promise<InputList> {
  const all = configsOf(card);
  if (all.some(({ patterns, directory: own }) => patterns === undefined && own === '')) {
    return { inputs, skipped };
  }
  const configs = all.map(filesNamed);
  const isNamed = (path: string): boolean => configs.some((names) => names(path));
  const named = inputs.filter(({ relativePath }) => isNamed(relativePath));
  if (named.length === 0) return { inputs, skipped };
  const unread = configs.filter((names) => !named.some((input) => names(input.relativePath)));
  const failing: InputFile[] = [];
  const others: SkippedInput[] = [];
  for (const skip of skipped) {
    const relativePath = pathBelow(directory, skip.path);
    const isWanted =
      foreignFormatOf(skip.path) !== undefined && unread.some((names) => names(relativePath));
    if (isWanted && (await isFile(skip.path)))
      failing.push({ path: skip.path, relativePath, explicit: true });
    else others.push(skip);
  }
  const left = inputs.filter(({ relativePath }) => !isNamed(relativePath));
  return {
    inputs: [...named, ...failing],
    skipped: [...others, ...left.map(({ path }) => ({ path, reason: unnamed }))],
  };
}

/** With `/` between names. */
function pathBelow(directory: string, path: string): string {
  return isAddress(path)
    ? path.slice(directory.length + 1)
    : relative(directory, path).split(sep).join('/');
}

async function isFile(path: string): Promise<boolean> {
  return isAddress(path) || (await stat(path).catch(() => null))?.isFile() === true;
}

/** Whether a configuration may read the file at a path below the data set's directory. */
function filesNamed(config: DatasetConfig): (relativePath: string) => boolean {
  const patterns = config.patterns === undefined ? ['**'] : [...config.patterns.values()].flat();
  const matchers = patterns.map((pattern) => dataFileMatcher(fromRoot(config, pattern)));
  return (relativePath) => matchers.some((matches) => matches(relativePath));
}
