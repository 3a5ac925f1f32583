import { isUtf8 } from 'node:buffer';
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { ToeditError } from '../errors.ts';
import { storeSchemes } from '../stores/address.ts';
import { globToRegExp, hasGlob } from './glob.ts';
import { irregularKind, notRegular } from './open-regular.ts';
import { nameOfBytes } from './path-names.ts';
import { fileUnreadable } from './read-bytes.ts';

/** A file to work on. */
export interface InputFile {
  readonly path: string;
  /** Where its output goes, below the output directory, with `/` between names. */
  readonly relativePath: string;
  /** True where the caller named this very file. */
  readonly explicit: boolean;
  /** Why it cannot be worked on, whatever it holds. */
  readonly problem?: string | undefined;
  /** The bytes of a path that is not UTF-8, which Node cannot open by a text: it is refused by its name. */
  readonly pathBytes?: Buffer | undefined;
}

/** A file or directory that was met and left out. */
export interface SkippedInput {
  readonly path: string;
  readonly reason: string;
}

/** What was found, in the order of the paths' bytes, and what was left out. */
export interface FoundFiles {
  readonly files: readonly InputFile[];
  readonly skipped: readonly SkippedInput[];
}

/** Whether a file or directory is left out; if so, why. `siblings` are all names in its directory. */
export type Refuse = (
  path: string,
  name: string,
  siblings: ReadonlySet<string>,
) => string | undefined;

/**
 * The files that a path or glob stands for: a file itself, the files below a directory, or those that match, with the
 * files below directories that do. What is there by the very name counts first, whatever characters it has. Hidden files
 * and directories are left out, but where the glob names a hidden one; so are output directories of runs, but where the path is one.
 *
 * @throws ToeditError `INPUT_NOT_FOUND` where a path without wildcards is not there; `BAD_OPTION`, also where it is a pipe, a
 * socket or a device; `FILE_UNREADABLE`.
 */
export async function findFiles(pattern: string, refuse: Refuse): Promise<FoundFiles> {
  const kind = await kindOfPath(pattern);
  if (kind === 'file') {
    const file = { path: pattern, relativePath: basename(pattern), explicit: true };
    return { files: [file], skipped: [] };
  }
  const refuseHidden: Refuse = (path, name, siblings) =>
    name.startsWith('.') ? 'hidden' : refuse(path, name, siblings);
  if (kind === 'directory') return findBelow(pattern, { refuse: refuseHidden });
  if (!hasGlob(pattern)) throw notFound(pattern);
  const isHiddenNamed = /(^|[/{,])\./.test(globOf(pattern).glob);
  return findMatches(pattern, isHiddenNamed ? refuse : refuseHidden);
}

async function kindOfPath(path: string): Promise<'file' | 'directory' | undefined> {
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isDirectory() === true) return 'directory';
  const kind = ownStream.test(resolve(path)) ? 'a stream of this process' : undefined;
  const what = kind ?? (stats && irregularKind(stats));
  if (what !== undefined) throw notFile(path, what);
  return stats === undefined ? undefined : 'file';
}

/** What is there for one process only, and perhaps only once. */
const ownStream = /^\/dev\/(?:stdin|stdout|stderr|fd\/)|^\/proc\/(?:self|thread-self|\d+)\/fd\//;

function notFile(path: string, kind: string): ToeditError {
  const message = `${path} ${notRegular(kind)}`;
  return new ToeditError('BAD_OPTION', message, { place: { file: path } });
}

async function findBelow(directory: string, options: WalkOptions): Promise<FoundFiles> {
  const files: InputFile[] = [];
  const skipped: SkippedInput[] = [];
  for await (const { relativePath, kind, reason, pathBytes } of walkDirectory(directory, options)) {
    const path = join(directory, relativePath);
    if (kind === 'file') files.push({ path, relativePath, explicit: false, pathBytes });
    else if (reason !== undefined) skipped.push({ path, reason });
  }
  return { files: files.toSorted(byPath), skipped: skipped.toSorted(byPath) };
}

/** The fixed directories at a glob's beginning, and the rest. */
function globOf(pattern: string): { readonly base: string; readonly glob: string } {
  const names = pattern.replace(/\/+$/, '').split('/');
  const first = names.findIndex(hasGlob);
  const base = names.slice(0, first).join('/');
  return {
    base: first === 1 && base === '' ? '/' : base || '.',
    glob: names.slice(first).join('/'),
  };
}

async function findMatches(pattern: string, refuse: Refuse): Promise<FoundFiles> {
  const { base, glob } = globOf(pattern);
  if ((await kindOfPath(base)) !== 'directory') return { files: [], skipped: [] };
  const regExp = globToRegExp(glob);
  const names = glob.split('/');
  const maxDepth =
    names.includes('**') || /[{,]\*\*|\*\*[},]/.test(glob) ? undefined : names.length;
  const files: InputFile[] = [];
  const skipped: SkippedInput[] = [];
  for await (const entry of walkDirectory(base, { refuse, maxDepth })) {
    const { relativePath, kind, reason, pathBytes } = entry;
    // A directory that would have been gone into is reported, though the glob names what is below it.
    if (!regExp.test(relativePath) && reason !== otherOutput) continue;
    const path = join(base, relativePath);
    if (kind === 'file') files.push({ path, relativePath, explicit: false, pathBytes });
    else if (kind === 'left out') skipped.push({ path, reason: reason ?? '' });
    else {
      const below = await findBelow(path, { refuse });
      skipped.push(...below.skipped);
      const prefixed = (file: InputFile) => `${relativePath}/${file.relativePath}`;
      files.push(...below.files.map((file) => ({ ...file, relativePath: prefixed(file) })));
    }
  }
  return { files: files.toSorted(byPath), skipped: skipped.toSorted(byPath) };
}

function byPath(one: { readonly path: string }, other: { readonly path: string }): number {
  return Buffer.compare(Buffer.from(one.path), Buffer.from(other.path));
}

function notFound(pattern: string): ToeditError {
  // Node gives arguments as UTF-8, with this character where they are not.
  if (pattern.includes('\ufffd')) {
    throw new ToeditError(
      'INPUT_NOT_FOUND',
      `there is no file or directory ${pattern}: where its name is not UTF-8, rename it`,
      { place: { file: pattern } },
    );
  }
  return new ToeditError(
    'INPUT_NOT_FOUND',
    `there is no file or directory ${pattern}; ${remedyOf(pattern)}`,
    { place: { file: pattern } },
  );
}

function remedyOf(pattern: string): string {
  if (pattern === '-') return 'standard input is not read: write it to a file, and give that';
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(pattern)
    ? `of addresses those of ${storeSchemes} are read: download it, and give the file`
    : "check the path, or give a glob such as 'corpus/**/*.parquet'";
}

/** A name below a directory. */
export interface WalkedEntry {
  /** From the directory walked, with `/` between names. */
  readonly relativePath: string;
  readonly kind: 'file' | 'directory' | 'left out';
  /** Why it was left out. */
  readonly reason?: string | undefined;
  /** Of a name that is not UTF-8, which counts as a file, whatever it is. */
  readonly pathBytes?: Buffer | undefined;
}

/** Options of {@link walkDirectory}. */
export interface WalkOptions {
  /** Names from here on are not gone into. @defaultValue all are */
  readonly maxDepth?: number | undefined;
  /** Whether a directory is gone into; else why not. */
  readonly refuse?: Refuse | undefined;
}

/**
 * Everything below a directory, in no certain order. Links are followed, but not back to a directory they are in.
 *
 * @throws ToeditError `FILE_UNREADABLE`
 */
async function* walkDirectory(
  directory: string,
  options: WalkOptions = {},
): AsyncGenerator<WalkedEntry> {
  yield* walk({ directory, prefix: '', above: [await realpath(directory)] }, options);
}

interface WalkedDirectory {
  readonly directory: string;
  readonly prefix: string;
  /** The real paths of this directory and of those that led to it. */
  readonly above: readonly string[];
}

async function* walk(at: WalkedDirectory, options: WalkOptions): AsyncGenerator<WalkedEntry> {
  const { maxDepth = Number.POSITIVE_INFINITY, refuse } = options;
  const { entries, otherNames } = await contentOf(at.directory);
  const siblings = new Set(entries.map(({ name }) => name));
  yield* walkOtherNames(at, { otherNames, siblings }, refuse);
  for (const entry of entries) {
    const path = join(at.directory, entry.name);
    const relativePath = at.prefix + entry.name;
    const kind = await kindOfEntry(path, entry);
    const reason =
      refuse?.(path, entry.name, siblings) ??
      (await loopReason(path, kind, at.above)) ??
      (await outputReason(path, kind));
    if (kind === 'other' || reason !== undefined) {
      yield { relativePath, kind: 'left out', reason: reason ?? 'not a regular file' };
      continue;
    }
    yield { relativePath, kind };
    if (kind === 'file' || at.above.length >= maxDepth) continue;
    const above = [...at.above, await realpath(path)];
    yield* walk({ directory: path, prefix: `${relativePath}/`, above }, options);
  }
}

interface DirectoryContent {
  readonly entries: readonly Dirent[];
  /** Names that are not UTF-8. */
  readonly otherNames: readonly Buffer[];
}

async function contentOf(directory: string): Promise<DirectoryContent> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    // Node gives names as UTF-8, with this character where they are not.
    if (!entries.some(({ name }) => name.includes('\ufffd'))) return { entries, otherNames: [] };
    const names = await readdir(directory, { encoding: 'buffer' });
    const openable = new Set(names.filter((name) => isUtf8(name)).map(String));
    return {
      entries: entries.filter(({ name }) => openable.has(name)),
      otherNames: names.filter((name) => !isUtf8(name)),
    };
  } catch (error) {
    throw fileUnreadable(directory, error);
  }
}

/** What is there under names that are not UTF-8: whether it is a file or a directory, nothing can be done with it. */
function* walkOtherNames(
  { directory, prefix }: WalkedDirectory,
  { otherNames, siblings }: Pick<DirectoryContent, 'otherNames'> & Siblings,
  refuse: Refuse | undefined,
): Generator<WalkedEntry> {
  for (const bytes of otherNames) {
    const name = nameOfBytes(bytes);
    const relativePath = prefix + name;
    const reason = refuse?.(join(directory, name), name, siblings);
    const pathBytes = Buffer.concat([Buffer.from(`${directory}/`), bytes]);
    if (reason === undefined) yield { relativePath, kind: 'file', pathBytes };
    else yield { relativePath, kind: 'left out', reason };
  }
}

interface Siblings {
  readonly siblings: ReadonlySet<string>;
}

async function kindOfEntry(path: string, entry: Dirent): Promise<'file' | 'directory' | 'other'> {
  const target = entry.isSymbolicLink() ? await stat(path).catch(() => undefined) : entry;
  if (target?.isFile() === true) return 'file';
  return target?.isDirectory() === true ? 'directory' : 'other';
}

/** What an earlier run made of a corpus is no part of it, unless it is named itself. */
async function outputReason(path: string, kind: string): Promise<string | undefined> {
  if (kind !== 'directory') return undefined;
  const state = await stat(join(path, '.toedit')).catch(() => undefined);
  const isOutput = state?.isDirectory() === true;
  return isOutput ? otherOutput : undefined;
}

/** Why the output of an earlier run is left out. */
export const otherOutput = 'the output directory of another run; name it by itself to read it';

async function loopReason(
  path: string,
  kind: 'file' | 'directory' | 'other',
  above: readonly string[],
): Promise<string | undefined> {
  if (kind !== 'directory' || !above.includes(await realpath(path))) return undefined;
  return 'a link back to a directory above it';
}
