import { type Address, addressOf } from './address.ts';
import type { ObjectFacts, ObjectRange, ObjectStore } from './object-store.ts';
import {
  objectChanged,
  PassingFailure,
  storeDenied,
  storeMissing,
  storeUnsupported,
} from './store-errors.ts';
import { askWeb, bodyOf } from './web-request.ts';

/** A web server: single files by ranges, which are the same as long as its entity tag, or else its date, is. */
export function webStore(address: Address): ObjectStore {
  return {
    list: (prefix) => {
      const remedy = 'name each file, or copy them to an object store';
      throw storeMissing(addressOf(address, prefix), 'a web server lists no files', remedy);
    },
    stat: async (key, signal) => {
      const url = addressOf(address, key);
      const response = await askWeb({ url, headers: rangeHeader({ start: 0, length: 1 }) }, signal);
      await response.body?.cancel();
      return factsOf(response, url);
    },
    read: async (key, { start, length, facts }, signal) => {
      if (length === 0) return new Uint8Array(0);
      const url = addressOf(address, key);
      const response = await askWeb({ url, headers: rangeHeader({ start, length }) }, signal);
      await requirePart(response, { url, facts, start });
      return await bodyOf(response, length, signal);
    },
  };
}

/** The header that asks for a range. */
export function rangeHeader({ start, length }: ObjectRange): Readonly<Record<string, string>> {
  return { range: `bytes=${start}-${start + length - 1}` };
}

async function requirePart(
  response: Response,
  {
    url,
    facts,
    start,
  }: { readonly url: string; readonly facts: ObjectFacts; readonly start: number },
): Promise<void> {
  const found = (): ObjectFacts | null => factsOf(response, url);
  try {
    const now = found();
    if (now?.etag !== facts.etag || now.bytes !== facts.bytes) throw objectChanged(url, facts.etag);
    if (!startsAt(response, start)) throw new PassingFailure('another range came');
  } catch (error) {
    await response.body?.cancel();
    throw error;
  }
}

/** True of a part that begins there. */
export function startsAt({ headers }: Response, start: number): boolean {
  return headers.get('content-range')?.startsWith(`bytes ${start}-`) === true;
}

/** What a response to a range says of the whole file; null where there is none. */
function factsOf(response: Response, url: string): ObjectFacts | null {
  const { status, headers } = response;
  if (status === 404 || status === 410) return null;
  if (status === 401 || status === 403) {
    const remedy = 'give an address that needs no login, such as a signed one';
    throw storeDenied(url, `the server answered ${status}`, remedy);
  }
  const bytes = isEmpty(response) ? 0 : sizeIn(response, url);
  const etag = headers.get('etag') ?? headers.get('last-modified');
  if (etag !== null) return { etag, bytes, sha256: null };
  const what = 'the server states neither ETag nor Last-Modified, so a change could not be seen';
  throw storeUnsupported(url, what);
}

/** Of a file of no bytes no part can be sent. */
function isEmpty({ status, headers }: Response): boolean {
  const isWhole = status === 200 && headers.get('content-length') === '0';
  return isWhole || (status === 416 && headers.get('content-range') === 'bytes */0');
}

function sizeIn({ status, headers }: Response, url: string): number {
  const total = /\/(\d+)$/u.exec(headers.get('content-range') ?? '')?.[1];
  if (status === 206 && total !== undefined) return Number(total);
  const isPartless = status === 200 || status === 206;
  const what = isPartless
    ? 'the server does not send parts of a file (HTTP ranges)'
    : `the server answered ${status}`;
  throw storeUnsupported(url, what);
}
