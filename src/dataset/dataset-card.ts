import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Document, isMap, parseDocument } from 'yaml';
import { readRegular } from '../files/open-regular.ts';
import { fileUnreadable } from '../files/read-bytes.ts';
import { addressOf, isAddress, parseAddress } from '../stores/address.ts';
import { frozenAddress, readObject, statObject } from '../stores/objects.ts';

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

/** A data set, and where it is. */
export interface FoundDataset {
  readonly dataset: Dataset;
  /** What the paths of its files begin with: a directory, or an address at the present commit. */
  readonly directory: string;
}

/**
 * The data set that the inputs of a run are: of one directory, or one prefix of an object store, whose card has a header. Of several
 * inputs, of globs and of files there is none, since their outputs have other places.
 *
 * @throws ToeditError `FILE_UNREADABLE`; of an address as `statObject`.
 */
export async function findDataset(inputs: readonly string[]): Promise<FoundDataset | undefined> {
  const [input] = inputs;
  if (input === undefined || inputs.length > 1) return undefined;
  const found = isAddress(input) ? await storedCard(input) : await cardIn(input);
  if (found === undefined || parseHeader(found.card) === undefined) return undefined;
  const { card, directory, name } = found;
  return { dataset: { card, ...(name !== undefined && { name }) }, directory };
}

interface FoundCard extends Dataset {
  readonly directory: string;
}

async function cardIn(directory: string): Promise<FoundCard | undefined> {
  const path = join(directory, cardName);
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true || found.size > longestCard) return undefined;
  const card = (await readRegular(path).catch(refuse)).toString();
  return { card, directory, name: nameInCache(await realpath(directory)) };

  function refuse(error: unknown): never {
    throw fileUnreadable(path, error);
  }
}

/** A web server has no directories. */
async function storedCard(input: string): Promise<FoundCard | undefined> {
  if (/^https?:/.test(input)) return undefined;
  const address = await frozenAddress(parseAddress(input));
  const directory = addressOf(address, address.key.replace(/\/+$/, ''));
  const path = `${directory}/${cardName}`;
  const facts = await statObject(path);
  if (facts === null || facts.bytes > longestCard) return undefined;
  const bytes = await readObject(path, { start: 0, length: facts.bytes, facts });
  const [, name] = /^hf:\/\/datasets\/([^/]+\/[^/@]+)[^/]*$/.exec(directory) ?? [];
  return { card: Buffer.from(bytes).toString(), directory, name };
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
