import type { Operator } from 'opendal';
import { messageOf, ToeditError } from '../errors.ts';
import { type Address, addressOf } from './address.ts';
import type { ObjectFacts, ObjectStore } from './object-store.ts';
import { credentialRemedy, openBucket } from './open-bucket.ts';
import { objectChanged, PassingFailure, storeDenied, storeMissing } from './store-errors.ts';

/**
 * A bucket or container, read by Apache OpenDAL. It is asked without the credentials of the machine it runs on first: most have none,
 * and to look for them takes seconds where there is none to answer.
 *
 * @throws ToeditError `STORE_CLIENT_MISSING`; `BAD_OPTION` where a variable is missing that says where the store is.
 */
export async function bucketStore(address: Address): Promise<ObjectStore> {
  let bucket = await openBucket(address, {});
  let denial: StoreFailure | undefined;
  const ask = async <T>(key: string, work: (operator: Operator) => Promise<T>): Promise<T> => {
    for (;;) {
      const { operator, next } = bucket;
      try {
        return await work(operator);
      } catch (error) {
        const failure = failureOf(error);
        const other = next(failure.message);
        // Where the machine has no credentials, either, what the store said of none counts.
        const isNone = failure.message.includes('LoadCredential');
        if (other === null)
          throw translated(isNone && denial !== undefined ? denial : failure, address, key);
        if (other.usesMachine === true) denial = failure;
        bucket = await openBucket(address, other);
      }
    }
  };
  return {
    list: (prefix) => ask(prefix, (operator) => keysBelow(operator, prefix)),
    stat: (key) => ask(key, (operator) => statOf(operator, key)),
    read: (key, { start, length, facts: { etag } }) =>
      ask(key, async (operator) => {
        const range = { offset: BigInt(start), size: BigInt(length) };
        const bytes = await operator
          .read(key, { ...range, ifMatch: etag })
          .catch((error: unknown) => {
            throw failureOf(error).kind === 'ConditionNotMatch'
              ? objectChanged(addressOf(address, key), etag)
              : error;
          });
        if (bytes.length === length) return bytes;
        throw new PassingFailure(`${bytes.length} of ${length} bytes came`);
      }),
  };
}

async function keysBelow(operator: Operator, prefix: string): Promise<readonly string[]> {
  const entries = await operator.list(prefix, { recursive: true });
  // What ends with a slash stands for a directory, and has no content.
  return entries.map((entry) => entry.path()).filter((key) => !key.endsWith('/'));
}

async function statOf(operator: Operator, key: string): Promise<ObjectFacts | null> {
  try {
    const metadata = await operator.stat(key);
    if (!metadata.isFile()) return null;
    const { etag, contentLength } = metadata;
    if (etag === null || contentLength === null) {
      throw new PassingFailure('it states neither entity tag nor size');
    }
    return { etag, bytes: Number(contentLength), sha256: null };
  } catch (error) {
    if (failureOf(error).kind === 'NotFound') return null;
    throw error;
  }
}

/** A failure of OpenDAL says all in its message, which begins with its kind. */
class StoreFailure extends Error {
  readonly kind: string;

  constructor(error: unknown) {
    super(messageOf(error), { cause: error });
    this.kind = /^\w+(?= \((?:temporary|permanent|persistent)\))/u.exec(this.message)?.[0] ?? '';
  }
}

function failureOf(error: unknown): StoreFailure {
  if (error instanceof ToeditError || error instanceof PassingFailure) throw error;
  return new StoreFailure(error);
}

function translated({ kind, message, cause }: StoreFailure, address: Address, key: string): Error {
  const file = addressOf(address, key);
  const reason = reasonIn(message);
  if (/NoSuchBucket|ContainerNotFound|bucket does not exist/u.test(message)) {
    return storeMissing(file, `there is no ${address.root}`, 'check its name, and the endpoint');
  }
  if (kind === 'NotFound') {
    return storeMissing(file, 'there is no such object', 'check its name');
  }
  const isDenied = kind === 'PermissionDenied' || /LoadCredential|status: 40[13]/u.test(message);
  if (isDenied) return storeDenied(file, reason, credentialRemedy(address));
  return new PassingFailure(reason, { cause });
}

/** What the server says where it says anything, and the rest without headers and signed addresses. */
function reasonIn(message: string): string {
  const said = /(?:code|message): "([^"]+)", (?:message|resource|request_id)/u.exec(message)?.[1];
  const status = /status: (\d+)/u.exec(message)?.[1];
  const at = message.lastIndexOf('=> ');
  const last = at < 0 ? '' : message.slice(at + 3).replace(/\?\S*/gu, '?…');
  const text = said ?? last.trim().slice(0, 200);
  return status === undefined ? text : `it answered ${status}${text === '' ? '' : `: ${text}`}`;
}
