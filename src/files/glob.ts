import { ToeditError } from '../errors.ts';

/** True where a path holds a character that has a meaning in globs. */
export function hasGlob(pattern: string): boolean {
  return /[*?{}[\]]/.test(pattern);
}

/**
 * The regular expression of a glob over paths with `/` between names: `*` and `?` within a name, `**` for any directories,
 * `[a-z]` and `[!a-z]`, `{a,b}`, `\` before a character that stands for itself. A wildcard does not match the dot that
 * begins a hidden name. It is the language of Unix shells with `globstar`.
 *
 * @throws ToeditError `BAD_OPTION` where a range is in the wrong order.
 */
export function globToRegExp(pattern: string): RegExp {
  const sources = expandBraces(pattern).map((each) => each.split('/').map(nameSource));
  try {
    return new RegExp(`^(?:${sources.map(joinNames).join('|')})$`, 'su');
  } catch (cause) {
    throw new ToeditError(
      'BAD_OPTION',
      `${pattern} is not a glob: a range in [...] must go from the lower character to the higher`,
      { cause },
    );
  }
}

const anyName = '(?!\\.)[^/]+';

function joinNames(names: readonly string[]): string {
  const parts = names.map((name, index) => {
    const isLast = index === names.length - 1;
    if (name !== '**') return isLast ? name : `${name}/`;
    return isLast ? `(?:${anyName}/)*${anyName}` : `(?:${anyName}/)*`;
  });
  return parts.join('');
}

/** One name of a path; `**` stays as it is. */
function nameSource(name: string): string {
  if (name === '**') return name;
  const tokens = name.match(/\\.|\*+|\?|\[(?:[!^]|(?![!^]))\]?[^\]]+\]|./gsu) ?? [];
  const source = tokens.map(tokenSource).join('');
  return /^[*?[]/.test(name) ? `(?!\\.)${source}` : source;
}

function tokenSource(token: string): string {
  if (token.startsWith('*')) return '[^/]*';
  if (token === '?') return '[^/]';
  if (token.length > 1 && token.startsWith('[')) return classSource(token);
  return escape(token.length > 1 && token.startsWith('\\') ? token.slice(1) : token);
}

function classSource(token: string): string {
  const isNegated = /^\[[!^]/.test(token);
  const characters = token.slice(isNegated ? 2 : 1, -1).replace(/[\\\]^]/g, '\\$&');
  return `(?!/)[${isNegated ? '^' : ''}${characters}]`;
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/** The patterns that the first pair of braces with a comma, and those after and inside it, stand for. */
function expandBraces(pattern: string): string[] {
  const braces = findBraces(pattern);
  if (braces === undefined) return [pattern];
  const [start, ...cuts] = braces;
  const end = cuts.at(-1) ?? pattern.length;
  return cuts.flatMap((cut, index) => {
    const alternative = pattern.slice((index === 0 ? start : (cuts[index - 1] ?? 0)) + 1, cut);
    return expandBraces(pattern.slice(0, start) + alternative + pattern.slice(end + 1));
  });
}

/** Where the first pair of braces with a comma has its opening brace, its commas and its closing brace. */
function findBraces(pattern: string): [number, ...number[]] | undefined {
  for (let start = 0; start < pattern.length; start++) {
    if (pattern[start] === '\\') start++;
    else if (pattern[start] === '{') {
      const cuts = cutsOf(pattern, start);
      if (cuts.length > 1) return [start, ...cuts];
    }
  }
  return undefined;
}

/** The commas of the braces that open at `start`, then the closing brace; nothing where they do not close. */
function cutsOf(pattern: string, start: number): number[] {
  const cuts: number[] = [];
  let depth = 0;
  for (let at = start; at < pattern.length; at++) {
    const character = pattern[at];
    if (character === '\\') at++;
    else if (character === '{') depth++;
    else if (character === '}' && --depth === 0) return [...cuts, at];
    else if (character === ',' && depth === 1) cuts.push(at);
  }
  return [];
}
