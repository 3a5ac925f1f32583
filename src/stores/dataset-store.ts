import { messageOf, ToeditError } from '../errors.ts';
import { type Address, addressOf } from './address.ts';
import type { ObjectFacts, ObjectStore } from './object-store.ts';
import { hubEndpoint, hubToken, ownEnvironment } from './store-environment.ts';
import { PassingFailure, storeDenied, storeMissing, storeUnsupported } from './store-errors.ts';
import { askWeb, bodyOf } from './web-request.ts';
import { rangeHeader, startsAt } from './web-store.ts';

/** A data set of the Hugging Face hub, at a revision. */
interface Dataset {
  readonly address: Address;
  readonly name: string;
  readonly revision: string;
  readonly endpoint: string;
  readonly authorization: Readonly<Record<string, string>>;
}

async function datasetOf(address: Address): Promise<Dataset> {
  const [name = '', revision = 'main'] = address.root.slice('hf://datasets/'.length).split('@');
  const token = await hubToken(ownEnvironment);
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return { address, name, revision, endpoint: hubEndpoint(ownEnvironment), authorization };
}

/** A data set's files, each identified by the hash that the hub lists. What a commit holds never changes. */
export async function datasetStore(address: Address): Promise<ObjectStore> {
  const dataset = await datasetOf(address);
  return {
    list: (prefix, signal) => listDataset(dataset, prefix, signal),
    stat: (key, signal) => statFile(dataset, key, signal),
    read: async (key, { start, length, facts }, signal) => {
      if (length === 0) return new Uint8Array(0);
      const headers = { ...dataset.authorization, ...rangeHeader({ start, length }) };
      const response = await askWeb({ url: urlOf(dataset, key), headers }, signal);
      const total = response.headers.get('content-range')?.split('/')[1];
      // A signed address of a store may have run out: the hub makes a new one.
      if (response.status === 206 && total === String(facts.bytes) && startsAt(response, start)) {
        return await bodyOf(response, length, signal);
      }
      await response.body?.cancel();
      refuse(response, dataset, key);
      throw new PassingFailure(`it answered ${response.status}, not with the part asked for`);
    },
  };
}

/**
 * The address with the commit that its revision is now: what is read from it never changes.
 *
 * @throws ToeditError `INPUT_NOT_FOUND`; `STORE_DENIED`
 */
export async function atCommit(address: Address, signal: AbortSignal): Promise<Address> {
  const dataset = await datasetOf(address);
  const { name, revision } = dataset;
  if (/^[0-9a-f]{40}$/u.test(revision)) return address;
  const { datasetInfo } = await import('@huggingface/hub');
  const { sha } = await answered(dataset, () =>
    datasetInfo({
      ...{ name, revision, additionalFields: ['sha'], hubUrl: dataset.endpoint },
      fetch: fetchOf(dataset, signal),
    }),
  );
  if (!/^[0-9a-f]{40}$/u.test(sha)) throw new PassingFailure('the hub states no commit');
  return { ...address, root: `hf://datasets/${name}@${sha}` };
}

async function listDataset(
  dataset: Dataset,
  prefix: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { listFiles } = await import('@huggingface/hub');
  return await answered(dataset, async () => {
    const keys: string[] = [];
    const { name, revision, endpoint: hubUrl } = dataset;
    const path = prefix.replace(/\/$/u, '');
    const request = { repo: { type: 'dataset' as const, name }, revision, recursive: true, hubUrl };
    const within = path === '' ? {} : { path };
    for await (const entry of listFiles({
      ...request,
      ...within,
      fetch: fetchOf(dataset, signal),
    })) {
      if (entry.type === 'file') keys.push(entry.path);
    }
    return keys;
  }).catch((error: unknown) => {
    // A directory that is not there has no files.
    if (error instanceof ToeditError && error.code === 'INPUT_NOT_FOUND' && prefix !== '')
      return [];
    throw error;
  });
}

/** The hub states what a file is before it redirects to where its bytes are. */
async function statFile(
  dataset: Dataset,
  key: string,
  signal: AbortSignal,
): Promise<ObjectFacts | null> {
  const { authorization: headers } = dataset;
  let url = urlOf(dataset, key);
  for (let redirects = 0; redirects < 5; redirects++) {
    const response = await askWeb({ url, method: 'HEAD', headers, redirect: 'manual' }, signal);
    const location = response.headers.get('location');
    const isStated = response.headers.has('x-linked-etag');
    // A repository that was renamed lies elsewhere on the hub.
    if (isStated || location?.startsWith('/') !== true) return factsOf(response, dataset, key);
    url = new URL(location, url).href;
  }
  throw new PassingFailure(`${url} redirects again and again`);
}

function factsOf(response: Response, dataset: Dataset, key: string): ObjectFacts | null {
  const { status, headers } = response;
  if (status === 404 && headers.get('x-error-code') === 'EntryNotFound') return null;
  refuse(response, dataset, key);
  const etag = headers.get('x-linked-etag') ?? headers.get('etag');
  const bytes = headers.get('x-linked-size') ?? headers.get('content-length');
  if (status >= 400 || etag === null || bytes === null) {
    const what = `${dataset.endpoint} states neither ETag nor size of it`;
    throw storeUnsupported(addressOf(dataset.address, key), what);
  }
  const hash = etag.replace(/^(?:W\/)?"|"$/gu, '');
  return { etag: hash, bytes: Number(bytes), sha256: /^[0-9a-f]{64}$/u.test(hash) ? hash : null };
}

function urlOf({ name, revision, endpoint }: Dataset, key: string): string {
  const path = key.split('/').map(encodeURIComponent).join('/');
  return `${endpoint}/datasets/${name}/resolve/${encodeURIComponent(revision)}/${path}`;
}

/** @throws ToeditError where the hub says that it is not there, or may not be read. */
function refuse(
  { status, headers }: Response,
  { address, name, endpoint }: Dataset,
  key: string,
): void {
  const file = addressOf(address, key);
  const reason = headers.get('x-error-code') ?? `the hub answered ${status}`;
  if (reason === 'GatedRepo') {
    const remedy = `accept its conditions at ${endpoint}/datasets/${name}, and give a token of that account (HF_TOKEN, or hf auth login)`;
    throw storeDenied(file, 'the data set is gated', remedy);
  }
  if (status === 404 || reason === 'RepoNotFound') {
    const remedy =
      'check the name and the revision; a private one needs a token (HF_TOKEN, or hf auth login)';
    throw storeMissing(file, `${endpoint} has no such data set, revision or file`, remedy);
  }
  if (status === 401 || status === 403) {
    throw storeDenied(file, reason, 'give a token that may (HF_TOKEN, or hf auth login)');
  }
}

/** An answer that is none of a hub's, such as the page of a network that wants a login, fails as the hub does. */
async function answered<T>({ endpoint }: Dataset, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ToeditError || error instanceof PassingFailure) throw error;
    const reason = `the answer of ${endpoint} cannot be read: ${messageOf(error)}`;
    throw new PassingFailure(reason, { cause: error });
  }
}

/** `fetch` for the client of the hub: it fails with errors of ours. */
function fetchOf(dataset: Dataset, signal: AbortSignal): typeof fetch {
  return async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    const headers = { ...Object.fromEntries(new Headers(init?.headers)), ...dataset.authorization };
    const isOwn = new URL(url).origin === new URL(dataset.endpoint).origin;
    const response = await askWeb({ url, headers: isOwn ? headers : {} }, signal);
    if (!response.ok) refuse(response, dataset, '');
    return response;
  };
}
