import { mkdir } from 'node:fs/promises';

/**
 * Makes a directory, and those above it, where they are missing.
 *
 * @throws the file system's error. Node says `ENOENT` of a directory on a read-only disk where it makes those above, too;
 * asked for that one alone, it says `EROFS`.
 */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    const { code, path: refused } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && refused !== undefined) await mkdir(refused);
    throw error;
  }
}
