import { constants, copyFile, link, stat } from 'node:fs/promises';

/**
 * Makes a whole file appear under a further name, unless that is taken: of any number of processes one succeeds. Where
 * there are no hard links, as on FAT, it is copied, and others may see it half-written for a moment.
 *
 * @param source - a file of no other name, on the same file system.
 * @returns false where the name is taken.
 * @throws the file system's error.
 */
export async function linkFile(source: string, path: string): Promise<boolean> {
  try {
    await link(source, path);
    return true;
  } catch (error) {
    // NFS may do it and lose the answer, and then say of the second try that the name is taken.
    if ((await stat(source)).nlink === 2) return true;
    if (isErrno(error, 'EEXIST')) return false;
    if (isErrno(error, 'ENOENT')) throw error;
    return await copied(source, path);
  }
}

async function copied(source: string, path: string): Promise<boolean> {
  try {
    await copyFile(source, path, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

/** True of a file system's error of that code. */
export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
