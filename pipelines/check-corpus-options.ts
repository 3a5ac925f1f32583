import { ToeditError } from '../src/errors.ts';
import { resolveEngines } from '../src/inference/resolve-engines.ts';
import { requireInteger } from '../src/require-integer.ts';
import type { CorpusOptions } from './corpus-options.ts';

/**
 * Checks, before any work, the options that no operator checks.
 *
 * @throws ToeditError BAD_OPTION naming the option, the value and the remedy.
 */
export function checkCorpusOptions(options: CorpusOptions): void {
  const { limit, threads, filesInFlight, seed = 0n } = options;
  if (limit !== undefined) requireInteger('limit', limit, [0, Number.MAX_SAFE_INTEGER]);
  if (threads !== undefined) requireInteger('threads', threads, [0, 1024]);
  if (filesInFlight !== undefined) requireInteger('filesInFlight', filesInFlight, [1, 1024]);
  requireOneOf('device', options.device, ['cpu', 'cuda', 'webgpu']);
  resolveEngines(options);
  requireOneOf('bos', options.bos, ['auto', 'always', 'never']);
  requireOneOf('format', options.format, ['parquet', 'arrow', 'jsonl']);
  if (seed < 0n || seed >= 2n ** 64n) {
    throw new ToeditError('BAD_OPTION', `seed is ${String(seed)}: give one from 0 to 2^64 - 1`);
  }
}

function requireOneOf(name: string, value: string | undefined, choices: readonly string[]): void {
  if (value === undefined || choices.includes(value)) return;
  throw new ToeditError('BAD_OPTION', `${name} is ${value}: choose one of ${choices.join(', ')}`);
}
