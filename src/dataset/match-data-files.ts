import { posix } from 'node:path';

// Which files `datasets` takes for a pattern: fsspec's globs, which are Python's, and rules of its own on hidden names.

/**
 * Whether a pattern of a card stands for a file: `*`, `?` and `[a-z]` within a name, `**` for any directories. Hidden names and directories
 * that begin with `__` match only a pattern that has as many of them.
 *
 * @param pattern - below the data set's directory; of addresses and of paths that lead out of it no file is matched.
 * @returns a function of a path below that directory, with `/` between names.
 */
export function dataFileMatcher(pattern: string): (path: string) => boolean {
  const own = posix.normalize(pattern);
  const regExp = isLocal(pattern) ? regExpOf(own) : undefined;
  const hidden = countHidden(own);
  const special = countSpecial(own);
  return (path) =>
    regExp?.test(path) === true && countHidden(path) === hidden && countSpecial(path) === special;
}

/** The pattern that stands for this path alone. */
export function literalPattern(path: string): string {
  return path.replace(/[*?[]/g, '[$&]');
}

function isLocal(pattern: string): boolean {
  return !/:\/\/|::/.test(pattern) && !/^(?:\/|\.\.(?:\/|$))/.test(posix.normalize(pattern));
}

function countHidden(path: string): number {
  return path.split('/').filter((name) => /^\.(?!\.?$)/.test(name)).length;
}

function countSpecial(path: string): number {
  return path
    .split('/')
    .slice(0, -1)
    .filter((name) => name.startsWith('__')).length;
}

/** Undefined of a pattern that fsspec refuses. */
function regExpOf(pattern: string): RegExp | undefined {
  const names = pattern.split('/');
  if (names.some((name) => name.includes('**') && name !== '**')) return undefined;
  const parts = names.map((name, index) => {
    const isLast = index === names.length - 1;
    if (name === '**') return isLast ? '.*' : '(?:.+/)?';
    return `${name === '*' ? '[^/]+' : nameSource(name)}${isLast ? '' : '/'}`;
  });
  try {
    return new RegExp(`^${parts.join('')}$`, 'su');
  } catch {
    return undefined;
  }
}

function nameSource(name: string): string {
  return name.replace(/\[!?\]?[^\]]*\]|[\s\S]/gu, (token) => {
    if (token === '*') return '[^/]*';
    if (token === '?') return '[^/]';
    return token.length > 2 && token.startsWith('[') ? setSource(token) : escaped(token);
  });
}

function setSource(set: string): string {
  const isNegated = set.startsWith('[!');
  const characters = set.slice(isNegated ? 2 : 1, -1).replace(/[\\\][^]/g, '\\$&');
  return `(?!/)[${isNegated ? '^' : ''}${characters}]`;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
