import { ToeditError } from '../errors.ts';

/** What an address begins with, `http` for servers on the own network. */
export type StoreScheme = 's3' | 'gs' | 'az' | 'hf' | 'https' | 'http';

/** An object, or a prefix of some, in a store. */
export interface Address {
  readonly scheme: StoreScheme;
  /** What holds the objects: a bucket, a container, a repository at a revision, or a web server. Without a slash at its end. */
  readonly root: string;
  /** Below the root, without a slash at its beginning; empty for all of it. */
  readonly key: string;
}

/** The schemes that are read, for messages. */
export const storeSchemes = 's3://, gs://, az://, hf://datasets/ and https://';

/** What to do where an address is given for an output. */
export const uploadRemedy =
  'outputs are written to a file system; choose a directory, and upload it afterwards (aws s3 sync, gcloud storage rsync, azcopy sync, hf upload)';

/** True of a path that leads to an object store or a web server, not to a file here. */
export function isAddress(path: string): boolean {
  return /^(?:s3|gs|az|hf|https?):\/\//u.test(path);
}

const bucketAddress = /^(?<root>(?:s3|gs|az):\/\/[^/]+)(?:\/(?<key>.*))?$/su;
const webAddress = /^(?<root>https?:\/\/[^/?#]+)(?:\/(?<key>.*))?$/su;
/** A revision of Hugging Face's own, such as `refs/convert/parquet`, has slashes; all others of an address have none. */
const datasetAddress =
  /^(?<root>hf:\/\/datasets\/[\w.-]+\/[\w.-]+(?:@(?:refs\/(?:convert|pr)\/[\w.-]+|[^/]+))?)(?:\/(?<key>.*))?$/su;

/**
 * Reads `s3://BUCKET/KEY`, `gs://BUCKET/KEY`, `az://CONTAINER/KEY`, `hf://datasets/OWNER/NAME@REVISION/PATH` or
 * `https://SERVER/PATH`. Keys are taken as they stand, but for those of web servers, in which `%20` is a space.
 *
 * @throws ToeditError `BAD_OPTION` where it is none of these.
 */
export function parseAddress(text: string): Address {
  const scheme = text.slice(0, text.indexOf(':')) as StoreScheme;
  const found = patternOf(scheme).exec(text)?.groups;
  const root = found?.['root'];
  if (root === undefined || hasSecret(root)) throw badAddress(text, scheme);
  return { scheme, root, key: found?.['key'] ?? '' };
}

/** The address of an object. */
export function addressOf({ root }: Pick<Address, 'root'>, key: string): string {
  return key === '' ? root : `${root}/${key}`;
}

function patternOf(scheme: StoreScheme): RegExp {
  if (scheme === 'hf') return datasetAddress;
  return scheme === 'https' || scheme === 'http' ? webAddress : bucketAddress;
}

/** A name and a password before the server's name would stand in every report. */
function hasSecret(root: string): boolean {
  return /^https?:\/\/[^/]*@/u.test(root);
}

function badAddress(text: string, scheme: StoreScheme): ToeditError {
  const layout = {
    s3: 's3://BUCKET/PREFIX',
    gs: 'gs://BUCKET/PREFIX',
    az: 'az://CONTAINER/PREFIX',
    hf: 'hf://datasets/OWNER/NAME/PATH, or hf://datasets/OWNER/NAME@REVISION/PATH',
    https: 'https://SERVER/PATH, without a name or password in it',
    http: 'http://SERVER/PATH, without a name or password in it',
  }[scheme];
  const shown = text.replace(/\/\/[^/]*@/u, '//…@');
  const message = `${shown} is no address of data: write ${layout}`;
  return new ToeditError('BAD_OPTION', message, { place: { file: shown } });
}
