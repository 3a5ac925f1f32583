import { type Address, addressOf, parseAddress } from '../stores/address.ts';
import { frozenAddress, listObjects, type StoreOptions, statObject } from '../stores/objects.ts';
import { storeMissing } from '../stores/store-errors.ts';
import {
  type FoundFiles,
  type InputFile,
  otherOutput,
  type Refuse,
  type SkippedInput,
} from './find-files.ts';
import { globToRegExp, hasGlob } from './glob.ts';
import { problemOfPath } from './path-names.ts';

/**
 * The objects that an address or a glob stands for, as `findFiles` finds files: an object itself, those below a prefix, or those that
 * match, with those below prefixes that do. Of a data set of the hub they are those of the present commit.
 *
 * @throws ToeditError `BAD_OPTION`; `INPUT_NOT_FOUND`; `STORE_DENIED`; `STORE_UNREACHABLE`; `STORE_CLIENT_MISSING`.
 */
export async function findObjects(
  pattern: string,
  refuse: Refuse,
  options: StoreOptions = {},
): Promise<FoundFiles> {
  const address = await frozenAddress(parseAddress(pattern), options);
  const { key } = address;
  const isObjectName = key !== '' && !key.endsWith('/');
  const path = addressOf(address, key);
  if (isObjectName && (await statObject(path, options)) !== null) {
    return { files: [{ path, relativePath: lastName(path), explicit: true }], skipped: [] };
  }
  if (isWeb(path)) {
    const remedy = 'check the address: a web server lists no files, so each is to be named';
    throw storeMissing(path, 'there is no such file', remedy);
  }
  return hasGlob(key)
    ? await findMatches(address, refuse, options)
    : await findBelow(address, refuse, options);
}

async function findBelow(
  address: Address,
  refuse: Refuse,
  options: StoreOptions,
): Promise<FoundFiles> {
  const selection = { isWanted: () => true, refuse: refusingHidden(refuse) };
  return sorted(await listBelow(address, address.key, options), selection);
}

async function findMatches(
  address: Address,
  refuse: Refuse,
  options: StoreOptions,
): Promise<FoundFiles> {
  const names = address.key.replace(/\/+$/u, '').split('/');
  const first = names.findIndex(hasGlob);
  const listed = await listBelow(address, names.slice(0, first).join('/'), options);
  const glob = names.slice(first).join('/');
  const isHiddenNamed = /(^|[/{,])\./u.test(glob);
  return sorted(listed, {
    isWanted: matcher(glob),
    refuse: isHiddenNamed ? refuse : refusingHidden(refuse),
  });
}

interface Listing {
  readonly address: Address;
  /** Empty, or with a slash at its end. */
  readonly prefix: string;
  /** From the prefix on. */
  readonly paths: readonly string[];
}

async function listBelow(address: Address, base: string, options: StoreOptions): Promise<Listing> {
  const prefix = base === '' || base.endsWith('/') ? base : `${base}/`;
  const keys = await listObjects({ ...address, key: prefix }, options);
  const below = keys.filter((key) => key.startsWith(prefix) && key !== prefix);
  return { address, prefix, paths: below.map((key) => key.slice(prefix.length)) };
}

function isWeb(path: string): boolean {
  return /^https?:/u.test(path);
}

function refusingHidden(refuse: Refuse): Refuse {
  return (path, name, siblings) => (name.startsWith('.') ? 'hidden' : refuse(path, name, siblings));
}

/** True of paths that match, and of those below a prefix that does. */
function matcher(glob: string): (path: string) => boolean {
  const regExp = globToRegExp(glob);
  return (path) => {
    const names = path.split('/');
    return names.some((_, index) => regExp.test(names.slice(0, index + 1).join('/')));
  };
}

interface Selection {
  readonly isWanted: (path: string) => boolean;
  readonly refuse: Refuse;
}

/** What is taken of the paths below a prefix, and what is left out. */
function sorted({ address, prefix, paths }: Listing, { isWanted, refuse }: Selection): FoundFiles {
  const namesIn = namesByDirectory(paths);
  const files: InputFile[] = [];
  const skipped = new Map<string, SkippedInput>();
  for (const relativePath of paths.toSorted(byBytes)) {
    if (!isWanted(relativePath)) continue;
    const path = addressOf(address, prefix + relativePath);
    const left = leftOut(relativePath, namesIn, refuse);
    if (left === undefined) files.push({ path, explicit: false, ...placed(relativePath) });
    // What a glob does not name is not missed.
    else if (isWanted(left.name) || left.reason === otherOutput) {
      const skippedPath = addressOf(address, prefix + left.name);
      skipped.set(skippedPath, { path: skippedPath, reason: left.reason });
    }
  }
  return { files, skipped: [...skipped.values()] };
}

function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

/** The names in each directory, by its path: empty is the prefix itself. */
function namesByDirectory(paths: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
  const namesIn = new Map<string, Set<string>>();
  for (const path of paths) {
    let directory = '';
    for (const name of path.split('/')) {
      const names = namesIn.get(directory) ?? new Set();
      namesIn.set(directory, names.add(name));
      directory = directory === '' ? name : `${directory}/${name}`;
    }
  }
  return namesIn;
}

/** The first name on the way to an object that is left out, and why. */
function leftOut(
  path: string,
  namesIn: ReadonlyMap<string, ReadonlySet<string>>,
  refuse: Refuse,
): { readonly name: string; readonly reason: string } | undefined {
  let directory = '';
  for (const name of path.split('/')) {
    const siblings = namesIn.get(directory) ?? new Set();
    const own = directory === '' ? name : `${directory}/${name}`;
    const reason = refuse(own, name, siblings) ?? outputReason(namesIn.get(own));
    if (reason !== undefined) return { name: own, reason };
    directory = own;
  }
  return undefined;
}

function outputReason(names: ReadonlySet<string> | undefined): string | undefined {
  return names?.has('.toedit') === true ? otherOutput : undefined;
}

/** Where its output goes. One that no file can be called fails, with its reason, under a name that one can have. */
function placed(relativePath: string): Pick<InputFile, 'relativePath' | 'problem'> {
  const problem = /^\/|\/\/|^\s|\s$/u.test(relativePath)
    ? 'its name has an empty part, or a blank at an end'
    : problemOfPath(relativePath);
  if (problem === null) return { relativePath };
  const what = problem.replace('the archive', 'the output directory');
  const name = encodeURIComponent(relativePath).replace(/\./gu, '%2E');
  return { relativePath: name, problem: `${what}; rename the object, and begin the run anew` };
}

/** The last name of an address; of a web server without what it is asked beside it, and decoded where a file can have that name. */
function lastName(path: string): string {
  const plain = isWeb(path) ? path.replace(/[?#].*$/su, '') : path;
  const name = plain.slice(plain.lastIndexOf('/') + 1);
  if (!isWeb(path) || !/%[\da-f]{2}/iu.test(name)) return name;
  try {
    const decoded = decodeURIComponent(name);
    return problemOfPath(decoded) === null && !decoded.includes('/') ? decoded : name;
  } catch {
    return name;
  }
}
