import { ToeditError } from './errors.ts';

/** The names of all options of a type: a new option that is not listed does not compile. */
export type OptionNames<Options> = { readonly [Name in keyof Required<Options>]: true };

/**
 * Makes sure that every option given has a name that is known: one that is misspelt would be left out without a word.
 *
 * @param owner - the function whose options they are
 * @throws ToeditError BAD_OPTION naming the first that is unknown, and those that there are.
 */
export function requireNames<Options extends object>(
  owner: string,
  options: Options,
  names: OptionNames<Options>,
): void {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(names, name));
  if (unknown === undefined) return;
  const known = Object.keys(names).join(', ');
  throw new ToeditError(
    'BAD_OPTION',
    `${owner} has no option ${JSON.stringify(unknown)}: its options are ${known}`,
  );
}

/** Bounds of a number, both included. */
type Bounds = readonly [least: number, most?: number];

/**
 * Makes sure that an option is a whole number within bounds; one that is left out is.
 *
 * @throws ToeditError BAD_OPTION naming the option, the bounds and the value.
 */
export function requireInteger(name: string, value: number | undefined, bounds: Bounds): void {
  const [least, most = Number.MAX_SAFE_INTEGER] = bounds;
  if (value === undefined) return;
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const range = bounds[1] === undefined ? `${least} on` : `${least} to ${most}`;
  throw new ToeditError('BAD_OPTION', `${name} must be a whole number from ${range}: ${value}.`);
}

/**
 * Makes sure that an option is a probability above 0 and at most 1.
 *
 * @throws ToeditError BAD_OPTION naming the option and the value.
 */
export function requireProbability(name: string, value: number): void {
  if (!isProbability(value)) throw badOption(name, value, probabilityRemedy);
}

/** Whether a value is a number above 0 and at most 1: no token of a prior has a probability of 0. */
export function isProbability(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value <= 1;
}

/** What a user may do about a value that is no probability. */
export const probabilityRemedy = 'choose a probability above 0 and at most 1';

/**
 * Makes sure that an option is one of a few words; one that is left out is.
 *
 * @throws ToeditError BAD_OPTION naming the option, the value and the words.
 */
export function requireOneOf(
  name: string,
  value: string | undefined,
  choices: readonly string[],
): void {
  if (value === undefined || choices.includes(value)) return;
  throw badOption(name, value, `choose one of ${choices.join(', ')}`);
}

const largestSeed = 2n ** 64n - 1n;

/**
 * Makes sure that a seed is an unsigned 64-bit number.
 *
 * @throws ToeditError BAD_OPTION naming the value and the bounds.
 */
export function requireSeed(seed: bigint): void {
  if (seed >= 0n && seed <= largestSeed) return;
  throw badOption('seed', seed, `choose a whole number from 0 to ${largestSeed}`);
}

/** An option whose value cannot be: the message says so, and what to do. */
export function badOption(name: string, value: unknown, remedy: string): ToeditError {
  return new ToeditError('BAD_OPTION', `${name} is ${String(value)}: ${remedy}`);
}
