import { join } from 'node:path';
import { ToeditError } from '../errors.ts';
import type { HubCommit } from '../run/manifest/manifest.ts';
import { type RepositoryPaths, readRef, repositoryPaths, writeRef } from './cache-paths.ts';
import { type CachedModel, findCached, missingOf } from './cached-model.ts';
import { requireSpace } from './disk-space.ts';
import { downloadMeter } from './download-meter.ts';
import { fetchFile } from './fetch-file.ts';
import { dataOf, looksLikeData } from './graph-data.ts';
import { type HubName, isCommit, nameOf } from './hub-name.ts';
import { type HubOptions, type HubSettings, resolveHubOptions } from './hub-options.ts';
import { commitOf, filesOf } from './look-up.ts';
import { noGraphs, notCached } from './model-errors.ts';
import { keepFiles, type RepositoryFile, readKeptFiles } from './repository-files.ts';
import { type ChooseGraph, smallFiles } from './wanted-files.ts';

/** A model of the hub that is in the cache, whole. */
export interface HubModel extends HubCommit {
  /** Its snapshot: a directory in Hugging Face layout. */
  readonly directory: string;
  /** The graph, relative to it. */
  readonly modelFile: string;
}

/**
 * Makes sure that a model of the hub is in the cache: its configuration, its tokenizer, one graph, and the external data that the graph names.
 * What is there is not downloaded again; where the hub is not to be asked or cannot be reached, what is there is taken.
 *
 * @throws ToeditError HUB_NOT_FOUND, HUB_DENIED, HUB_UNREACHABLE, DOWNLOAD_CORRUPT, WRITE_FAILED; MODEL_INVALID where it holds no graph;
 * what `choose` throws; the signal's reason.
 */
export async function fetchModel(
  wanted: HubName,
  choose: ChooseGraph,
  options: HubOptions = {},
): Promise<HubModel> {
  const settings = await resolveHubOptions(options);
  const paths = repositoryPaths(settings.cacheDirectory, wanted.name);
  const cached = await lookInCache(wanted, choose, paths);
  const isFixed = isCommit(wanted.revision) && cached?.isCertain === true;
  if (isFixed || settings.offline) return taken(cached, wanted, settings);
  try {
    return await fetchFromHub(wanted, choose, { settings, paths, cached });
  } catch (error) {
    const isAway = error instanceof ToeditError && error.code === 'HUB_UNREACHABLE';
    if (cached === undefined || !isAway) throw error;
    const { endpoint, onNotice } = settings;
    const instead = `${nameOf(wanted)} is taken from the cache, as of commit ${cached.commit.slice(0, 12)}`;
    onNotice(`${endpoint} cannot be reached: ${instead}`);
    return taken(cached, wanted, settings);
  }
}

function taken(
  cached: CachedModel | undefined,
  wanted: HubName,
  { cacheDirectory }: HubSettings,
): HubModel {
  if (cached === undefined) throw notCached(wanted, cacheDirectory);
  const { commit, directory, modelFile } = cached;
  return { name: wanted.name, commit, directory, modelFile };
}

/** As it was when the revision was last looked up. */
async function lookInCache(
  wanted: HubName,
  choose: ChooseGraph,
  paths: RepositoryPaths,
): Promise<CachedModel | undefined> {
  const commit = await readRef(paths, wanted.revision);
  if (commit === undefined) return undefined;
  return await findCached({ commit, choose, subject: nameOf(wanted) }, paths);
}

interface Cache {
  readonly settings: HubSettings;
  readonly paths: RepositoryPaths;
  readonly cached: CachedModel | undefined;
}

async function fetchFromHub(
  wanted: HubName,
  choose: ChooseGraph,
  { settings, paths, cached }: Cache,
): Promise<HubModel> {
  const asking = cached === undefined ? settings : { ...settings, tries: 1 };
  const commit = isCommit(wanted.revision) ? wanted.revision : await commitOf(wanted, asking);
  if (cached?.isCertain === true && cached.commit === commit)
    return taken(cached, wanted, settings);
  const kept = await readKeptFiles(paths, commit);
  const files = kept ?? (await filesOf(wanted, commit, settings));
  const names = files.map(({ path }) => path);
  if (!names.some((path) => path.endsWith('.onnx'))) throw await noGraphs(wanted, settings);
  const modelFile = choose(names);
  if (kept === undefined) await keepFiles(paths, commit, files);
  await download({ wanted, commit, files, modelFile, paths, settings });
  await writeRef(paths, wanted.revision, commit);
  return { name: wanted.name, commit, directory: paths.snapshot(commit), modelFile };
}

interface Order {
  readonly wanted: HubName;
  readonly commit: string;
  readonly files: readonly RepositoryFile[];
  readonly modelFile: string;
  readonly paths: RepositoryPaths;
  readonly settings: HubSettings;
}

/** The graph before its data: it alone names them. Until it is here they are guessed by their names, so that the sum can be said. */
async function download(order: Order): Promise<void> {
  const { wanted, commit, files, modelFile, paths, settings } = order;
  const snapshot = paths.snapshot(commit);
  const own = files.filter(({ path }) => path === modelFile || smallFiles.includes(path));
  const likely = files.filter(({ path }) => looksLikeData(path, modelFile));
  const missingOwn = await missingOf(own, snapshot);
  const missingData = await missingOf(likely, snapshot);
  const meter = downloadMeter(nameOf(wanted), settings);
  const fetchAll = async (missing: readonly RepositoryFile[]): Promise<void> => {
    // The smallest first: what is wrong is found before much has come.
    for (const file of missing.toSorted((one, other) => one.bytes - other.bytes)) {
      await fetchFile(file, { wanted, commit, paths, settings, meter });
    }
  };
  await requireSpace(paths, [...missingOwn, ...missingData]);
  meter.announce([...missingOwn, ...missingData], commit);
  await fetchAll(missingOwn);
  const graph = { local: join(snapshot, modelFile), path: modelFile, subject: nameOf(wanted) };
  const data = await missingOf(await dataOf(graph, files), snapshot);
  meter.correct([...missingOwn, ...data]);
  await fetchAll(data);
}
