import { messageOf, ToeditError } from '../errors.ts';
import { type HubName, isCommit, nameOf } from './hub-name.ts';
import type { HubSettings } from './hub-options.ts';
import { askHub, hubUnreachable, type RequestSettings } from './hub-request.ts';
import { checkedFile, type RepositoryFile } from './repository-files.ts';

/**
 * The commit that a revision is at now.
 *
 * @throws ToeditError as `askHub`.
 */
export async function commitOf(wanted: HubName, settings: RequestSettings): Promise<string> {
  const { modelInfo } = await import('@huggingface/hub');
  const info = await answered(wanted, settings, () =>
    modelInfo({
      ...{ name: wanted.name, revision: wanted.revision, additionalFields: ['sha'] },
      ...{ hubUrl: settings.endpoint, fetch: fetchOf(wanted, settings) },
    }),
  );
  if (typeof info.sha === 'string' && isCommit(info.sha)) return info.sha;
  throw hubUnreachable(nameOf(wanted), settings.endpoint, 'it states no commit');
}

/** True where a model of that name can be read. */
export async function isModel(name: string, settings: RequestSettings): Promise<boolean> {
  const wanted = { name, revision: 'main' };
  return await commitOf(wanted, { ...settings, tries: 1 }).then(
    () => true,
    () => false,
  );
}

/** The most files that a listing may have. */
const mostFiles = 50_000;

/**
 * The files of a commit. What no file here can be called, such as `../x`, is left out.
 *
 * @throws ToeditError as `askHub`.
 */
export async function filesOf(
  wanted: HubName,
  commit: string,
  settings: HubSettings,
): Promise<readonly RepositoryFile[]> {
  const { listFiles } = await import('@huggingface/hub');
  return await answered(wanted, settings, async () => {
    const files: RepositoryFile[] = [];
    let count = 0;
    for await (const entry of listFiles({
      ...{ repo: { type: 'model', name: wanted.name }, revision: commit, recursive: true },
      ...{ hubUrl: settings.endpoint, fetch: fetchOf(wanted, settings) },
    })) {
      if (++count > mostFiles) throw new Error(`it lists more than ${mostFiles} files`);
      const { type, path, size, oid, lfs, xetHash } = entry;
      const stated = { path, bytes: lfs?.size ?? size, gitSha1: oid, sha256: lfs?.oid, xetHash };
      const file = type === 'file' ? checkedFile(stated) : undefined;
      if (file !== undefined) files.push(file);
    }
    return files;
  });
}

/** An answer that is none of a hub's, such as the page of a network that wants a login, fails as the hub does. */
async function answered<T>(
  wanted: HubName,
  { endpoint, signal }: RequestSettings,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof ToeditError) throw error;
    const reason = `its answer cannot be read: ${messageOf(error)}`;
    throw hubUnreachable(nameOf(wanted), endpoint, reason, error);
  }
}

/** `fetch` for the client of the hub: it tries again, and fails with errors of ours. */
function fetchOf(wanted: HubName, settings: RequestSettings): typeof fetch {
  return async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    const headers = Object.fromEntries(new Headers(init?.headers));
    return await askHub({ url, headers, subject: nameOf(wanted) }, settings);
  };
}
