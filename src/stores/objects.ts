import { type Address, addressOf, parseAddress } from './address.ts';
import { bucketStore } from './bucket-store.ts';
import { atCommit, datasetStore } from './dataset-store.ts';
import type { ObjectFacts, ObjectRange, ObjectStore } from './object-store.ts';
import { webStore } from './web-store.ts';
import { withRetries } from './with-retries.ts';

/** How a store is asked. */
export interface StoreOptions {
  /** The first wait before a request is tried again, in milliseconds; each later one is twice as long. @defaultValue 500 */
  readonly retryMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Clients by their roots: opened once. Credentials are read then, and renewed by the client. */
const stores = new Map<string, Promise<ObjectStore>>();

function storeOf(address: Address): Promise<ObjectStore> {
  const known = stores.get(address.root);
  if (known !== undefined) return known;
  const store = openStore(address);
  stores.set(address.root, store);
  // What failed, such as for a package that is missing, may be put right.
  store.catch(() => stores.delete(address.root));
  return store;
}

async function openStore(address: Address): Promise<ObjectStore> {
  if (address.scheme === 'hf') return await datasetStore(address);
  const isWeb = address.scheme === 'https' || address.scheme === 'http';
  return isWeb ? webStore(address) : await bucketStore(address);
}

/**
 * What is known of an object; null where it is not there.
 *
 * @param url - its address.
 * @throws ToeditError `STORE_UNREACHABLE` after five tries; `STORE_DENIED`; `STORE_CLIENT_MISSING`; `INPUT_NOT_FOUND` where the bucket is
 * not there; `UNSUPPORTED` where the server does not send ranges; `BAD_OPTION`; the signal's reason.
 */
export async function statObject(
  url: string,
  options: StoreOptions = {},
): Promise<ObjectFacts | null> {
  const address = parseAddress(url);
  const store = await storeOf(address);
  return await withRetries({ ...options, file: url }, (signal) => store.stat(address.key, signal));
}

/**
 * The bytes of a range, which lies within the object.
 *
 * @param range - with the facts of the content that it is a part of.
 * @throws ToeditError `INPUT_CHANGED` where the object is another one by now; `INPUT_NOT_FOUND` where it is gone; as {@link statObject}.
 */
export async function readObject(
  url: string,
  range: ObjectRange & { readonly facts: ObjectFacts },
  options: StoreOptions = {},
): Promise<Uint8Array> {
  const address = parseAddress(url);
  const store = await storeOf(address);
  return await withRetries({ ...options, file: url }, (signal) =>
    store.read(address.key, range, signal),
  );
}

/**
 * The keys below a prefix, in no certain order.
 *
 * @param address - its key is empty or ends with `/`.
 * @throws ToeditError as {@link statObject}.
 */
export async function listObjects(
  address: Address,
  options: StoreOptions = {},
): Promise<readonly string[]> {
  const store = await storeOf(address);
  const file = addressOf(address, address.key);
  return await withRetries({ ...options, file, silenceMs: listingMs }, (signal) =>
    store.list(address.key, signal),
  );
}

/** A million keys are a thousand requests, of which nothing is seen before the last. */
const listingMs = 1_800_000;

/**
 * The address by which an object stays what it is as long as it can: of the hub, that of the present commit.
 *
 * @throws ToeditError as {@link statObject}.
 */
export async function frozenAddress(
  address: Address,
  options: StoreOptions = {},
): Promise<Address> {
  if (address.scheme !== 'hf') return address;
  const file = addressOf(address, address.key);
  return await withRetries({ ...options, file }, (signal) => atCommit(address, signal));
}
