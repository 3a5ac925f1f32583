import picomatch from 'picomatch';
import { ToeditError } from '../errors.ts';

/** True where a path holds a character that has a meaning in globs. */
export function hasGlob(pattern: string): boolean {
  return /[*?{}[\]]/.test(pattern);
}

/** What Linux takes for a path; a longer glob would cost time that grows with its square. */
const maxLength = 4096;

/**
 * The regular expression of a glob over paths with `/` between names: `*` and `?` within a name, `**` for any directories,
 * `[a-z]` and `[!a-z]`, `{a,b}`, `\` before a character that stands for itself; all others stand for themselves. A wildcard does not match
 * the dot that begins a hidden name, unless it begins an alternative in braces.
 *
 * @throws ToeditError `BAD_OPTION` where a range is in the wrong order or in braces (`{1..3}`), braces are not in pairs, or the glob has
 *   over 4096 characters.
 */
export function globToRegExp(pattern: string): RegExp {
  if (pattern.length > maxLength) {
    throw new ToeditError(
      'BAD_OPTION',
      `a glob has at most ${maxLength} characters, this one ${pattern.length}: ${pattern.slice(0, 40)}…`,
    );
  }
  try {
    return picomatch.makeRe(plainGlob(pattern), options);
  } catch (cause) {
    throw new ToeditError(
      'BAD_OPTION',
      `${pattern} is not a glob: a range in [...] goes from the lower character to the higher, braces come in pairs and hold no range; put \\ before a character that stands for itself`,
      { cause },
    );
  }
}

const options: picomatch.PicomatchOptions = {
  windows: false,
  nonegate: true,
  noextglob: true,
  strictBrackets: true,
  strictSlashes: true,
  literalBrackets: false,
  posix: false,
  fastpaths: false,
  // A name is of characters, not of UTF-16 code units.
  flags: 'su',
  // Else what is no regular expression matches nothing.
  debug: true,
  // Else {1..12} becomes [1-12].
  expandRange: () => {
    throw new SyntaxError('a range in braces');
  },
};

/**
 * The glob with all that only picomatch gives a meaning (groups, quotes, `|`, escapes of a regular expression) made to stand for
 * itself.
 */
function plainGlob(pattern: string): string {
  const tokens = /\\.|\[(?:[!^]|(?![!^]))\]?[^\]]+\]|\*{2,}\/?|./gsu;
  let previous = '/';
  let depth = 0;
  const once = pattern.replace(/(?<=(?:^|[/{,])\*\*\/)(?:\*\*\/)+/g, '');
  return once.replace(tokens, (token: string, at: number) => {
    const borders = depth > 0 ? '/{,}' : '/';
    const next = once[at + token.length] ?? '/';
    const isName = borders.includes(previous) && (token.endsWith('/') || borders.includes(next));
    const plain = token.startsWith('**') ? plainStars(token, isName, previous) : plainToken(token);
    if (token === '{') depth++;
    if (token === '}') depth--;
    previous = token.endsWith('/') ? '/' : token;
    return plain;
  });
}

/** Two stars or more, with the slash behind them, if any. */
function plainStars(token: string, isName: boolean, previous: string): string {
  if (!isName || token.startsWith('***')) return token.endsWith('/') ? '*/' : '*';
  // At the beginning of an alternative, picomatch takes them for one directory at least.
  return previous !== '/' && token.endsWith('/') ? '{,**/}' : token;
}

function plainToken(token: string): string {
  if (token.length === 1) return '*?{},/.'.includes(token) ? token : literal(token);
  if (token.startsWith('\\')) return literal(token.slice(1));
  return token.startsWith('[') ? plainSet(token) : literal(token);
}

function plainSet(token: string): string {
  const isNegated = /^\[[!^]/.test(token);
  const characters = token.slice(isNegated ? 2 : 1, -1).replace(/[\\\][^]/g, '\\$&');
  return `[${isNegated ? '^' : ''}${characters}]`;
}

/** Only what has a meaning in a regular expression may follow a `\` there. */
function literal(character: string): string {
  if (character === ',' || character === '"') return `[${character}]`;
  // picomatch drops some of many in a row.
  if (character === '\\') return '[\\\\]';
  return character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
}
