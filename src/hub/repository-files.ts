import { readFile, writeFile } from 'node:fs/promises';
import { staysBelow } from '../files/inside.ts';
import { appear, type RepositoryPaths } from './cache-paths.ts';

/** A file of a repository. */
export interface RepositoryFile {
  readonly path: string;
  readonly bytes: number;
  /** The Git object: SHA-1 over a header and the content, or of a pointer where the content is in large-file storage. */
  readonly gitSha1: string;
  /** SHA-256 of the content, of files in large-file storage. */
  readonly sha256: string | undefined;
  /** What Xet storage calls the content. */
  readonly xetHash: string | undefined;
}

/** What a file is called among the blobs of the cache: its entity tag. */
export function blobNameOf({ sha256, gitSha1 }: RepositoryFile): string {
  return sha256 ?? gitSha1;
}

/** What the hub and the cache state of a file, not yet checked. */
export interface StatedFile {
  readonly path: unknown;
  readonly bytes: unknown;
  readonly gitSha1: unknown;
  readonly sha256: unknown;
  readonly xetHash: unknown;
}

/** Checks what is stated of a file: hashes and paths become names of files here. Undefined for what cannot be taken. */
export function checkedFile(stated: StatedFile): RepositoryFile | undefined {
  const { path, bytes, gitSha1, sha256, xetHash } = stated;
  if (typeof path !== 'string' || !isSafePath(path)) return undefined;
  if (!Number.isSafeInteger(bytes) || Number(bytes) < 0) return undefined;
  if (!isHex(gitSha1, 40) || !(sha256 === undefined || isHex(sha256, 64))) return undefined;
  const known = isHex(xetHash, 64) ? xetHash : undefined;
  return { path, bytes: Number(bytes), gitSha1, sha256, xetHash: known };
}

/** True of a path that names the same file below any directory, on every system. */
export function isSafePath(path: string): boolean {
  return staysBelow(path) && !/[\\:]/u.test(path);
}

function isHex(value: unknown, digits: number): value is string {
  return typeof value === 'string' && value.length === digits && /^[0-9a-f]+$/u.test(value);
}

/** Python's layout of a listing that is kept: `huggingface_hub/_tree_cache.py` reads and writes the same. */
interface KeptTree {
  readonly format_version: number;
  readonly files: Readonly<Record<string, KeptFile>>;
}

interface KeptFile {
  readonly size: number;
  readonly blob_id: string;
  readonly lfs_sha256?: string | undefined;
  readonly lfs_size?: number | undefined;
  readonly xet_hash?: string | undefined;
}

/** The files of a commit, as they were listed once: a commit never changes. Undefined where that is not kept or damaged. */
export async function readKeptFiles(
  paths: RepositoryPaths,
  commit: string,
): Promise<readonly RepositoryFile[] | undefined> {
  try {
    const { format_version, files } = JSON.parse(
      await readFile(paths.tree(commit), 'utf8'),
    ) as KeptTree;
    if (format_version !== 1) return undefined;
    const checked = Object.entries(files).map(([path, file]) =>
      checkedFile({
        ...{ path, bytes: file.lfs_size ?? file.size, gitSha1: file.blob_id },
        ...{ sha256: file.lfs_sha256, xetHash: file.xet_hash },
      }),
    );
    return checked.filter((file) => file !== undefined);
  } catch {
    return undefined;
  }
}

/** Keeps the listing of a commit. */
export async function keepFiles(
  paths: RepositoryPaths,
  commit: string,
  files: readonly RepositoryFile[],
): Promise<void> {
  const entries = files.map(({ path, bytes, gitSha1, sha256, xetHash }) => {
    const large = sha256 !== undefined && { lfs_sha256: sha256, lfs_size: bytes };
    const xet = xetHash !== undefined && { xet_hash: xetHash };
    return [path, { size: bytes, blob_id: gitSha1, ...large, ...xet }] as const;
  });
  const tree: KeptTree = { format_version: 1, files: Object.fromEntries(entries) };
  await appear(paths.tree(commit), (path) => writeFile(path, JSON.stringify(tree, null, 1)));
}
