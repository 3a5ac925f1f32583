import type { Task } from './manifest.ts';

/** One thing that differs between two runs, in words: `<what> was <was>, is <is>`. */
export interface ManifestDifference {
  readonly what: string;
  readonly was: string;
  readonly is: string;
}

/** Inputs of one kind of difference that are named; the others are counted. */
const namedInputs = 3;

type Kind = 'gone' | 'new' | 'resized' | 'changed';

/**
 * How the inputs of two runs differ: files that are gone, new, of another size or of other content. An input is told by where its output goes.
 */
export function inputDifferences(
  existing: readonly Task[],
  wanted: readonly Task[],
): ManifestDifference[] {
  const found: Record<Kind, ManifestDifference[]> = {
    gone: [],
    new: [],
    resized: [],
    changed: [],
  };
  const rest = new Map(wanted.map((task) => [task.relativePath, task]));
  for (const task of existing) {
    const [kind, difference] = compare(task, rest.get(task.relativePath)) ?? [];
    if (kind !== undefined && difference !== undefined) found[kind].push(difference);
    rest.delete(task.relativePath);
  }
  for (const name of rest.keys()) found.new.push({ what: name, was: 'no input', is: 'one' });
  return Object.entries(found).flatMap(([kind, differences]) => abridge(kind, differences));
}

function compare(was: Task, is: Task | undefined): readonly [Kind, ManifestDifference] | undefined {
  const what = was.relativePath;
  if (is === undefined) return ['gone', { what, was: 'an input', is: 'gone' }];
  // Nothing is known of a file that could not be read when the run was planned.
  if (was.fingerprint === null) return undefined;
  if (was.bytes !== is.bytes) {
    return ['resized', { what, was: `${was.bytes} bytes`, is: `${is.bytes} bytes` }];
  }
  // One that cannot be read now may be again in a moment; until then, its task fails.
  if (is.fingerprint === null && was.modifiedNs === is.modifiedNs) return undefined;
  if (was.fingerprint === is.fingerprint && was.format?.kind === is.format?.kind) return undefined;
  return ['changed', { what: `the content of ${what}`, was: contentOf(was), is: contentOf(is) }];
}

function contentOf({ fingerprint, format }: Task): string {
  if (fingerprint === null) return 'unreadable';
  const [kind = '', hash = ''] = fingerprint.split(':');
  return `${format?.kind ?? 'of no known format'} (${kind}:${hash.slice(0, 16)}…)`;
}

function abridge(kind: string, differences: readonly ManifestDifference[]): ManifestDifference[] {
  const named = differences.slice(0, namedInputs);
  const more = differences.length - named.length;
  if (more === 0) return named;
  return [...named, { what: `the number of further ${kind} inputs`, was: '0', is: String(more) }];
}
