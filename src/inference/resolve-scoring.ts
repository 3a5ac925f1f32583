import { badOption, requireInteger } from '../options.ts';
import { type Batching, defaultBatching } from './engine-options.ts';

/** What scoring needs to know of a prior. */
export interface PriorLimits {
  readonly maxTokens: number;
  readonly bosTokenId: number | null;
  readonly addsBos: boolean;
}

/** How documents are read. */
export interface ReadingOptions {
  /** Tokens the prior reads at once. @defaultValue the smaller of 2048 and the model's maximum */
  readonly windowTokens?: number | undefined;
  /** Tokens of context that each token of a long document has at least. @defaultValue a quarter of `windowTokens` */
  readonly minContextTokens?: number | undefined;
  /** Whether each window begins with BOS; `auto` as the tokenizer does. @defaultValue 'auto' */
  readonly bos?: 'auto' | 'always' | 'never' | undefined;
  /** Tokens of a micro-batch, padding included; a longer window runs alone. @defaultValue 1024 */
  readonly maxBatchTokens?: number | undefined;
  /** The fixed cost of one forward pass, in tokens: where padding would cost more, windows run apart. @defaultValue 64 */
  readonly runTokens?: number | undefined;
}

/** {@link ReadingOptions}, checked and complete. */
export interface Reading extends Batching {
  readonly windowTokens: number;
  readonly minContextTokens: number;
  readonly bosTokenId: number | null;
}

/**
 * Checks and completes the options against the prior's limits.
 *
 * @throws ToeditError BAD_OPTION naming the option, its value and the remedy.
 */
export function resolveReading(prior: PriorLimits, options: ReadingOptions): Reading {
  const windowTokens = options.windowTokens ?? Math.min(2048, prior.maxTokens);
  requireInteger('windowTokens', windowTokens, [8, prior.maxTokens]);
  const minContextTokens = options.minContextTokens ?? Math.floor(windowTokens / 4);
  requireInteger('minContextTokens', minContextTokens, [1, windowTokens - 2]);
  const { maxBatchTokens, runTokens } = resolveBatching(options);
  const bosTokenId = resolveBos(prior, options.bos ?? 'auto');
  return { windowTokens, minContextTokens, maxBatchTokens, runTokens, bosTokenId };
}

function resolveBatching(options: ReadingOptions): Batching {
  const maxBatchTokens = options.maxBatchTokens ?? defaultBatching.maxBatchTokens;
  const runTokens = options.runTokens ?? defaultBatching.runTokens;
  requireInteger('maxBatchTokens', maxBatchTokens, [1, mostTokens]);
  requireInteger('runTokens', runTokens, [0, mostTokens]);
  return { maxBatchTokens, runTokens };
}

const mostTokens = 2 ** 24;

function resolveBos(prior: PriorLimits, bos: 'auto' | 'always' | 'never'): number | null {
  if (bos === 'never' || (bos === 'auto' && !prior.addsBos)) return null;
  if (prior.bosTokenId !== null) return prior.bosTokenId;
  throw badOption(
    'bos',
    bos,
    'the prior has no BOS token (no bos_token in tokenizer_config.json, no bos_token_id in config.json): use never.',
  );
}
