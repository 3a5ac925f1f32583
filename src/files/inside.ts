import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { ToeditError } from '../errors.ts';

/** True of a relative path, with `/` between names, that stays below whatever directory it is joined to. */
export function staysBelow(relativePath: string): boolean {
  const names = relativePath.split('/');
  return names.every((name) => !['', '.', '..'].includes(name) && !name.includes('\0'));
}

/** Where a path really leads: links are followed as far as it is there; what is not there yet keeps its name. */
export async function realPathOf(path: string): Promise<string> {
  const absolute = resolve(path);
  try {
    return await realpath(absolute);
  } catch {
    const directory = dirname(absolute);
    return directory === absolute
      ? absolute
      : join(await realPathOf(directory), basename(absolute));
  }
}

/** True where a real path is that of the directory, or lies below it. */
export function isWithin(directory: string, path: string): boolean {
  return path === directory || path.startsWith(directory.replace(/\/*$/, '/'));
}

/**
 * Makes sure that a file which is to be written below a directory lies there: no link on the way leads out of it. The
 * directory itself may be a link.
 *
 * @throws ToeditError `OUTPUT_EXISTS` naming where it would be written.
 */
export async function requireWithin(directory: string, path: string): Promise<void> {
  const real = await realPathOf(dirname(path));
  if (isWithin(await realPathOf(directory), real)) return;
  throw new ToeditError(
    'OUTPUT_EXISTS',
    `${path} would be written to ${real}, outside ${directory}: a link leads there; remove it, or choose another output directory`,
    { place: { file: path } },
  );
}
