import { isAbsolute, relative } from 'node:path';

/** A path as people like to read it: from the working directory, where it lies below. */
export function shownPath(path: string): string {
  const shown = relative(process.cwd(), path);
  return shown === '' || shown.startsWith('..') || isAbsolute(shown) ? path : shown;
}
