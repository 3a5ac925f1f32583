import { createHash, randomUUID } from 'node:crypto';
import { rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { makeDirectory } from '../files/commit-file.ts';
import { readRegular } from '../files/open-regular.ts';
import { sha256OfFile } from '../files/read-bytes.ts';

/**
 * The SHA-256 of a file's bytes, in hexadecimal, remembered by this process, and of a file of 16 MiB or more by later ones: for as
 * long as its path, inode, size and times stay. Where nothing can be written, nothing is remembered.
 *
 * @param cacheDirectory - where it is kept, in `digests/`: a file for each path, that appears whole or not at all
 * @throws ToeditError `FILE_UNREADABLE`
 */
export async function digestOfFile(path: string, cacheDirectory: string): Promise<string> {
  const state = await stateOf(path);
  // A file that cannot be looked at fails as one that is hashed.
  if (state === null) return sha256OfFile(path);
  const known = inProcess.get(path);
  if (known !== undefined && isSameFile(known.state, state)) return known.digest;
  const digest = rememberedOrHashed(path, state, cacheDirectory);
  inProcess.set(path, { state, digest });
  digest.catch(() => inProcess.delete(path));
  return digest;
}

/** What this process has hashed: a run identifies its prior when it is planned, and once more when it is opened. */
const inProcess = new Map<
  string,
  { readonly state: FileState; readonly digest: Promise<string> }
>();

/** What `stat` says of a file, in decimal digits; times in nanoseconds. */
interface FileState {
  readonly device: string;
  readonly inode: string;
  readonly bytes: string;
  readonly modified: string;
  readonly changed: string;
  readonly links: string;
}

async function stateOf(path: string): Promise<FileState | null> {
  const found = await stat(path, { bigint: true }).catch(() => null);
  if (found === null) return null;
  const { dev, ino, size, mtimeNs, ctimeNs, nlink } = found;
  return {
    ...{ device: String(dev), inode: String(ino), bytes: String(size) },
    ...{ modified: String(mtimeNs), changed: String(ctimeNs), links: String(nlink) },
  };
}

/**
 * True where the contents are taken to be the same. Of a file that was written, the time of its last change is another one even
 * where its modification time was set back; but a hard link to it changes that, too, as is made for split graphs.
 */
function isSameFile(one: FileState, other: FileState): boolean {
  const isUntouched = one.changed === other.changed || one.links !== other.links;
  const identity = ({ device, inode, bytes, modified }: FileState): string =>
    [device, inode, bytes, modified].join();
  return isUntouched && identity(one) === identity(other);
}

/** Below this, hashing is as quick as looking it up. */
export const leastBytes = 2 ** 24;

async function rememberedOrHashed(
  path: string,
  state: FileState,
  cacheDirectory: string,
): Promise<string> {
  if (Number(state.bytes) < leastBytes) return sha256OfFile(path);
  const name = createHash('sha256').update(resolve(path)).digest('hex').slice(0, 32);
  const file = join(cacheDirectory, 'digests', `${name}.json`);
  const remembered = await readRemembered(file);
  if (remembered !== null && isSameFile(remembered, state)) return remembered.sha256;
  const sha256 = await sha256OfFile(path);
  const after = await stateOf(path);
  if (after !== null && isSameFile(state, after) && isSettled(after)) {
    await remember(file, { path: resolve(path), ...after, sha256 });
  }
  return sha256;
}

/** A file system's times are coarse: what is written again at once may keep them. */
const settledMs = 2000;

function isSettled({ modified }: FileState): boolean {
  return Date.now() - Number(BigInt(modified) / 1_000_000n) > settledMs;
}

interface Remembered extends FileState {
  readonly path: string;
  readonly sha256: string;
}

async function readRemembered(file: string): Promise<Remembered | null> {
  try {
    const found = JSON.parse(String(await readRegular(file))) as Remembered;
    return /^[0-9a-f]{64}$/u.test(found.sha256) ? found : null;
  } catch {
    return null;
  }
}

async function remember(file: string, remembered: Remembered): Promise<void> {
  const temporary = `${file}.${randomUUID()}`;
  try {
    await makeDirectory(dirname(file));
    await writeFile(temporary, `${JSON.stringify(remembered)}\n`);
    await rename(temporary, file);
  } catch {
    // It is hashed again the next time.
  }
}
