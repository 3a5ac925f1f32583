import { resolveResampling } from '../src/resampling/resolve-resampling.ts';
import type { Manifest, OptionValue } from '../src/run/manifest/manifest.ts';
import type { CorpusOptions, EditCorpusOptions } from './corpus-options.ts';

/**
 * The options that decide a run's output, complete, as its manifest holds them. What is left to a default that depends on
 * the input or the prior is null.
 */
export function outputOptions(
  command: Manifest['command'],
  options: EditCorpusOptions,
): Readonly<Record<string, OptionValue>> {
  const { textColumn = 'text', bos = 'auto', onBadRow = 'pass' } = options;
  const { ledger = command === 'edit' } = options;
  const shared = { textColumn, bos, onBadRow, ledger, ...orNull(options) };
  if (command === 'score') return shared;
  const { preset = 'paper', seed = 0n, report = false, keyColumn = null } = options;
  const rule = { preset, ...resolveResampling(options) };
  return { ...rule, seed: String(seed), keyColumn, report, ...shared };
}

function orNull({ limit, format, maxTextBytes, ...options }: CorpusOptions) {
  const { windowTokens = null, minContextTokens = null } = options;
  return {
    limit: limit ?? null,
    format: format ?? null,
    maxTextBytes: maxTextBytes ?? null,
    windowTokens,
    minContextTokens,
  };
}

/** The options that a manifest holds, as the pipelines take them; they were checked when it was made. */
export function optionsOfManifest({ command, options }: Manifest): EditCorpusOptions {
  const { seed, ...others } = options;
  const given = Object.entries(others).filter(
    ([name, value]) => value !== null || nullMeansNone.has(name),
  );
  return {
    ...Object.fromEntries(given),
    ...(command === 'edit' && { seed: BigInt(String(seed)) }),
  } as EditCorpusOptions;
}

/** Of these options null is a choice, and not an open default. */
const nullMeansNone: ReadonlySet<string> = new Set(['threshold', 'dropBelow']);
