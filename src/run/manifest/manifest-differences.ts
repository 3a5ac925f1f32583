import { ToeditError } from '../../errors.ts';
import { inputDifferences, type ManifestDifference } from './input-differences.ts';
import type { Manifest, OptionValue } from './manifest.ts';
import { releaseLine } from './release-line.ts';

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
 * @param options - `output` as the user named it; `canRetry`: nothing differs but inputs that have failed.
 * @throws ToeditError `MANIFEST_CONFLICT` naming what differs and what can be done.
 */
export function refuseDifferences(
  differences: readonly ManifestDifference[],
  { output, canRetry }: { readonly output: string; readonly canRetry: boolean },
): never {
  const changes = differences.map(({ what, was, is }) => `${what} was ${was}, is ${is}`);
  const retry = canRetry ? `take it as it is now with toedit retry ${output}, ` : '';
  throw new ToeditError(
    'MANIFEST_CONFLICT',
    `${output} holds a run that differs: ${changes.join('; ')}. Put it back to go on with that run, ${retry}write to another output directory, or begin anew with --overwrite`,
    { place: { file: output } },
  );
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
