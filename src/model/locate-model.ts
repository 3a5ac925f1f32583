import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { hubCommitOf } from '../hub/cache-paths.ts';
import { fetchModel } from '../hub/fetch-model.ts';
import { type HubName, isHubAddress, parseHubName } from '../hub/hub-name.ts';
import type { HubOptions } from '../hub/hub-options.ts';
import type { HubOrigin } from '../run/manifest/manifest.ts';
import { chooseModelFile, type ModelFileRequest } from './find-model-file.ts';

/** A model, and which of its graphs. */
export interface ModelRequest extends ModelFileRequest {
  /** How a model of the Hugging Face hub is found and kept. @defaultValue as without environment variables */
  readonly hub?: HubOptions | undefined;
}

/** Where a model lies on this machine. */
export interface ModelPlace extends ModelFileRequest {
  /** Absolute. */
  readonly directory: string;
  /** Of a snapshot of the hub's cache; null of other directories. */
  readonly hub: HubOrigin | null;
}

/**
 * Finds a model: a directory, or a model of the hub, `OWNER/NAME` or `OWNER/NAME@REVISION`, which is downloaded where it is not in the cache.
 * What is there as a directory is taken for one. So is what would lie in one that is there: a slip in a path is not sent to the hub, unless it
 * begins with `hf://`.
 *
 * @throws ToeditError BAD_OPTION; as `fetchModel`. A directory is not looked into.
 */
export async function locateModel(path: string, request: ModelRequest): Promise<ModelPlace> {
  const { hub: options, modelFile, dtype } = request;
  const directory = resolve(path);
  const wanted = await hubNameOf(path);
  if (wanted === undefined) {
    return { directory, modelFile, dtype, hub: originOf(directory) };
  }
  const choose = (paths: readonly string[]): string =>
    chooseModelFile(path, paths, { modelFile, dtype });
  const found = await fetchModel(wanted, choose, options);
  const { name, commit } = found;
  const origin = { name, revision: wanted.revision, commit };
  return { directory: found.directory, modelFile: found.modelFile, hub: origin };
}

/**
 * A model of the hub at the commit that a run was planned with, whatever its revision has become; others as they are.
 *
 * @param planned - the origin of the run's prior.
 */
export async function pinned(model: string, planned: HubOrigin | undefined): Promise<string> {
  const wanted = planned === undefined ? undefined : await hubNameOf(model);
  if (wanted === undefined || planned === undefined) return model;
  const isSame = planned.name === wanted.name && planned.revision === wanted.revision;
  return isSame ? `hf://${planned.name}@${planned.commit}` : model;
}

/** What a prior is called: the name of its directory, and of a model of the hub `OWNER/NAME@COMMIT`. */
export function priorNameOf({ directory, hub }: ModelPlace): string {
  return hub === null ? basename(directory) : `${hub.name}@${hub.commit}`;
}

function originOf(directory: string): HubOrigin | null {
  const found = hubCommitOf(directory);
  return found === undefined ? null : { ...found, revision: found.commit };
}

/** The model of the hub that {@link locateModel} looks for; undefined where it is a directory, or nothing at all. */
async function hubNameOf(path: string): Promise<HubName | undefined> {
  return (await isLocal(path)) ? undefined : parseHubName(path);
}

async function isLocal(path: string): Promise<boolean> {
  if (isHubAddress(path)) return false;
  if ((await stat(path).catch(() => undefined)) !== undefined) return true;
  const [first = ''] = path.split('/');
  return (await stat(first).catch(() => undefined)) !== undefined;
}
