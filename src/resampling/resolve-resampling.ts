import { ToeditError } from '../errors.ts';
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
    if (!holds(options)) refuse(name, options[name], remedy);
  }
  return options;
}

/** Null is a choice of its own: only undefined leaves the preset's value. */
function given<Value>(value: Value | undefined, preset: Value): Value {
  return value === undefined ? preset : value;
}

function presetOf(name: string): ResamplingOptions {
  if (isPresetName(name)) return presets[name];
  return refuse('preset', name, `choose one of ${Object.keys(presets).join(', ')}`);
}

function isPresetName(name: string): name is PresetName {
  return Object.hasOwn(presets, name);
}

function refuse(name: string, value: unknown, remedy: string): never {
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  throw new ToeditError('BAD_OPTION', `${name} is ${shown}: ${remedy}`);
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
    holds: ({ threshold }) => threshold === null || isShare(threshold),
    remedy: 'choose a probability above 0 and at most 1, or null to redraw no token',
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
    holds: ({ topP }) => isShare(topP),
    remedy: 'choose a probability above 0 and at most 1',
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
    holds: ({ dropBelow }) => dropBelow === null || (isShare(dropBelow) && dropBelow < 1),
    remedy: 'choose a probability above 0 and below 1, or null to delete no token',
  },
  {
    name: 'dropBelow',
    holds: ({ dropBelow, threshold }) => (dropBelow ?? 0) <= (threshold ?? 1),
    remedy: 'choose at most the threshold, so that no token is both redrawn and deleted',
  },
];

function isShare(value: unknown): boolean {
  return typeof value === 'number' && value > 0 && value <= 1;
}
