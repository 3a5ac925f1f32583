import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Document, isMap, parseDocument } from 'yaml';
import { readRegular } from '../files/open-regular.ts';
import { fileUnreadable } from '../files/read-bytes.ts';

/** A data set of the Hugging Face hub: a directory whose `README.md` has a header in YAML. */
export interface Dataset {
  /** `OWNER/NAME`, where the directory is a snapshot in the hub's cache. */
  readonly name?: string | undefined;
  /** Its `README.md`, as text. */
  readonly card: string;
}

/** The name of a data set's card, in its own directory. */
export const cardName = 'README.md';

/** No card is as long: a longer file is something else, and is not read. */
const longestCard = 2 ** 23;

/**
 * The data set that the inputs of a run are: of one directory whose card has a header. Of several inputs, of globs and of files there
 * is none, since their outputs have other places.
 *
 * @throws ToeditError `FILE_UNREADABLE`.
 */
export async function findDataset(inputs: readonly string[]): Promise<Dataset | undefined> {
  const [directory] = inputs;
  if (directory === undefined || inputs.length > 1) return undefined;
  const path = join(directory, cardName);
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true || found.size > longestCard) return undefined;
  const card = (await readRegular(path).catch(refuse)).toString();
  if (parseHeader(card) === undefined) return undefined;
  const name = nameInCache(await realpath(directory));
  return { card, ...(name !== undefined && { name }) };

  function refuse(error: unknown): never {
    throw fileUnreadable(path, error);
  }
}

/** `…/datasets--OWNER--NAME/snapshots/COMMIT` is how Python's `huggingface_hub` keeps what it downloads. */
function nameInCache(directory: string): string | undefined {
  const [, name] = /\/datasets--([^/]+)\/snapshots\/[^/]+$/.exec(directory) ?? [];
  return name?.replace('--', '/');
}

/** As `huggingface_hub` finds it. */
const headerPattern = /^([ \t\r\n]*---[\r\n]+)([\s\S]*?)([\r\n]+---(?:\r\n|\n|$))/;

/** What stands behind the header of a card: the whole text, where it has none. */
export function bodyOf(card: string): string {
  return card.slice(headerPattern.exec(card)?.[0].length ?? 0);
}

/**
 * The header of a card, as a document that is written again as it was read, but for spaces: every scalar is a text, so that numbers, dates and
 * words such as `no` keep their spelling, whatever a version of YAML takes them for.
 *
 * @returns a mapping; undefined where there is no header, or none that `datasets` would read.
 */
export function parseHeader(card: string): Document | undefined {
  const [, , yaml = ''] = headerPattern.exec(card) ?? [];
  const header = parseDocument(yaml, { schema: 'failsafe' });
  return header.errors.length === 0 && isMap(header.contents) ? header : undefined;
}

/** Whether `datasets` needs the card to load the data set as it is: for its configurations or its features. */
export function isNeededToLoad({ card }: Dataset): boolean {
  const header = parseHeader(card);
  return header !== undefined && ['configs', 'dataset_info'].some((key) => header.has(key));
}
