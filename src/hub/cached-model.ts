import { readdir } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { type RepositoryPaths, sizeOf } from './cache-paths.ts';
import { dataOf, locationsIn } from './graph-data.ts';
import { type RepositoryFile, readKeptFiles } from './repository-files.ts';
import { type ChooseGraph, neededFiles, smallFiles } from './wanted-files.ts';

/** A model that the cache holds. */
export interface CachedModel {
  readonly commit: string;
  readonly directory: string;
  readonly modelFile: string;
  /** Whether it is known to have all of its files; else one that it can do without may be missing, such as `generation_config.json`. */
  readonly isCertain: boolean;
}

/** Which model is looked for. */
export interface CachedRequest {
  readonly commit: string;
  readonly choose: ChooseGraph;
  /** What errors name. */
  readonly subject: string;
}

/**
 * The model as the cache holds it at a commit: by the listing that was kept, or where there is none, as of what another program has
 * downloaded, by what lies there.
 *
 * @returns undefined where something is missing, or the graph cannot be read.
 */
export async function findCached(
  request: CachedRequest,
  paths: RepositoryPaths,
): Promise<CachedModel | undefined> {
  const { commit } = request;
  const directory = paths.snapshot(commit);
  const kept = await readKeptFiles(paths, commit);
  try {
    const modelFile =
      kept === undefined
        ? await findUnlisted(request, directory)
        : await findListed(request, directory, kept);
    if (modelFile === undefined) return undefined;
    return { commit, directory, modelFile, isCertain: kept !== undefined };
  } catch {
    return undefined;
  }
}

async function findListed(
  { choose, subject }: CachedRequest,
  directory: string,
  files: readonly RepositoryFile[],
): Promise<string | undefined> {
  const path = choose(files.map((file) => file.path));
  const own = files.filter((file) => file.path === path || smallFiles.includes(file.path));
  if ((await missingOf(own, directory)).length > 0) return undefined;
  const data = await dataOf({ local: join(directory, path), path, subject }, files);
  return (await missingOf(data, directory)).length > 0 ? undefined : path;
}

async function findUnlisted(
  { choose, subject }: CachedRequest,
  directory: string,
): Promise<string | undefined> {
  const path = choose(await filesBelow(directory));
  const local = join(directory, path);
  const data = await locationsIn({ local, path, subject });
  const needed = [
    ...neededFiles.map((name) => join(directory, name)),
    ...data.map((location) => join(dirname(local), location)),
  ];
  const sizes = await Promise.all(needed.map(sizeOf));
  return sizes.includes(undefined) ? undefined : path;
}

/** Those files that a snapshot does not hold in their size. */
export async function missingOf(
  files: readonly RepositoryFile[],
  directory: string,
): Promise<readonly RepositoryFile[]> {
  const sizes = await Promise.all(files.map(({ path }) => sizeOf(join(directory, path))));
  return files.filter(({ bytes }, i) => sizes[i] !== bytes);
}

async function filesBelow(directory: string): Promise<readonly string[]> {
  const found = await readdir(directory, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)).replaceAll(sep, '/'));
}
