import { ToeditError } from '../../errors.ts';
import { type Manifest, type OptionValue, releaseLine, type Task } from './manifest.ts';

/**
 * What differs between a run that was planned and one that is wanted, as far as it decides the output: the release of
 * toedit, the command, options, prior, and inputs, of which no more than a few of a kind are named. Neither their order
 * counts nor where they lie: runs of the same id do not differ.
 *
 * @returns nothing where the planned run does what is wanted.
 */
export function manifestDifferences(existing: Manifest, wanted: Manifest): ManifestDifference[] {
  return [
    ...factDifferences(factsOf(existing), factsOf(wanted)),
    ...factDifferences(optionsOf(existing), optionsOf(wanted)),
    ...inputDifferences(existing.tasks, wanted.tasks),
  ];
}

/**
 * Refuses a command that differs from the run in its output directory.
 *
 * @param options - `output` as the user named it; `isNothing`: every file of the run that was tried has failed.
 * @throws ToeditError `MANIFEST_CONFLICT` naming what differs and what can be done.
 */
export function refuseDifferences(
  differences: readonly ManifestDifference[],
  { output, isNothing = false }: FoundRun,
): never {
  const changes = differences.map(({ what, was, is }) => `${what} was ${was}, is ${is}`);
  if (isNothing) {
    throw new ToeditError(
      'MANIFEST_CONFLICT',
      `${output} holds a run that differs, and in which every file failed: ${changes.join('; ')}. Nothing is lost if you start again with --overwrite`,
      { place: { file: output } },
    );
  }
  throw new ToeditError(
    'MANIFEST_CONFLICT',
    `${output} holds a run that differs: ${changes.join('; ')}. Put it back to continue that run, write to another output directory, or start again with --overwrite`,
    { place: { file: output } },
  );
}

/** The run in an output directory. */
interface FoundRun {
  readonly output: string;
  /** @defaultValue false */
  readonly isNothing?: boolean | undefined;
}

/** In words, by what they are called. */
type Facts = Readonly<Record<string, string>>;

function factsOf({ version, command, prior }: Manifest): Facts {
  return {
    'the release of toedit': releaseLine(version),
    'the command': command,
    'the device': prior.device,
    'the model (SHA-256)': prior.modelFingerprint,
    'the tokenizer (SHA-256)': prior.tokenizerFingerprint,
  };
}

function optionsOf({ options }: Manifest): Facts {
  const inWords = ([name, value]: [string, OptionValue]) => [name, JSON.stringify(value)] as const;
  return Object.fromEntries(Object.entries(options).map(inWords));
}

function factDifferences(existing: Facts, wanted: Facts): ManifestDifference[] {
  const names = new Set([...Object.keys(existing), ...Object.keys(wanted)]);
  return [...names].flatMap((what) => {
    const was = existing[what] ?? 'not there';
    const is = wanted[what] ?? 'not there';
    return was === is ? [] : [{ what, was: shorten(was), is: shorten(is) }];
  });
}

/** The beginning of a hash says as much in a message as all of it. */
function shorten(text: string): string {
  return /^[0-9a-f]{64}$/.test(text) ? `${text.slice(0, 16)}…` : text;
}

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
 * How the inputs of two runs differ: files that are gone, new, of another size or of other content. An input is identified by
 * where its output goes.
 */
function inputDifferences(
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
