import { badOption, isProbability, probabilityRemedy } from '../options.ts';
import type { ResamplingOptions } from './options.ts';
import { type PresetName, presets } from './presets.ts';

/** A preset's name, and options that replace the preset's own; undefined replaces nothing. */
export type ResamplingRequest = {
  readonly [Name in keyof ResamplingOptions]?: ResamplingOptions[Name] | undefined;
} & {
  /** @defaultValue 'paper' */
  readonly preset?: string | undefined;
};

/**
 * The options in force: the preset's, with the overrides in their place.
 *
 * @throws ToeditError `BAD_OPTION` where a value is outside its range, or no preset has that name.
 */
export function resolveResampling(request: ResamplingRequest = {}): ResamplingOptions {
  const defaults = presetOf(request.preset ?? 'paper');
  const options: ResamplingOptions = {
    threshold: given(request.threshold, defaults.threshold),
    inclusive: given(request.inclusive, defaults.inclusive),
    topK: given(request.topK, defaults.topK),
    topP: given(request.topP, defaults.topP),
    temperature: given(request.temperature, defaults.temperature),
    excludeOriginal: given(request.excludeOriginal, defaults.excludeOriginal),
    dropBelow: given(request.dropBelow, defaults.dropBelow),
  };
  for (const { name, holds, remedy } of conditions) {
    if (!holds(options)) throw badOption(name, shown(options[name]), remedy);
  }
  return options;
}

/** Null is a choice of its own: only undefined leaves the preset's value. */
function given<Value>(value: Value | undefined, preset: Value): Value {
  return value === undefined ? preset : value;
}

function presetOf(name: string): ResamplingOptions {
  if (isPresetName(name)) return presets[name];
  const remedy = `choose one of ${Object.keys(presets).join(', ')}`;
  throw badOption('preset', shown(name), remedy);
}

function isPresetName(name: string): name is PresetName {
  return Object.hasOwn(presets, name);
}

/** Of callers without types: a string in the place of a number is seen to be one. */
function shown(value: unknown): unknown {
  return typeof value === 'string' ? JSON.stringify(value) : value;
}

interface Condition {
  readonly name: keyof ResamplingOptions;
  readonly holds: (options: ResamplingOptions) => boolean;
  readonly remedy: string;
}

const largestTopK = 1024;

const conditions: readonly Condition[] = [
  {
    name: 'threshold',
    holds: ({ threshold }) => threshold === null || isProbability(threshold),
    remedy: `${probabilityRemedy}, or null to redraw no token`,
  },
  {
    name: 'inclusive',
    holds: ({ inclusive }) => typeof inclusive === 'boolean',
    remedy: 'choose true (P >= threshold) or false (P > threshold)',
  },
  {
    name: 'topK',
    holds: ({ topK }) => Number.isInteger(topK) && topK >= 1 && topK <= largestTopK,
    remedy: `choose a whole number from 1 to ${largestTopK}`,
  },
  {
    name: 'topP',
    holds: ({ topP }) => isProbability(topP),
    remedy: probabilityRemedy,
  },
  {
    name: 'temperature',
    holds: ({ temperature }) => Number.isFinite(temperature) && temperature > 0,
    remedy: 'choose a finite number above 0',
  },
  {
    name: 'excludeOriginal',
    holds: ({ excludeOriginal }) => typeof excludeOriginal === 'boolean',
    remedy: 'choose true or false',
  },
  {
    name: 'dropBelow',
    holds: ({ dropBelow }) => dropBelow === null || (isProbability(dropBelow) && dropBelow < 1),
    remedy: 'choose a probability above 0 and below 1, or null to delete no token',
  },
  {
    name: 'dropBelow',
    holds: ({ dropBelow, threshold }) => (dropBelow ?? 0) <= (threshold ?? 1),
    remedy: 'choose at most the threshold, so that no token is both redrawn and deleted',
  },
];
