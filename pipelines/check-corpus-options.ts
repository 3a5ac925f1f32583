import { resolveEngines } from '../src/inference/resolve-engines.ts';
import { requireInteger, requireOneOf, requireSeed } from '../src/options.ts';
import type { CorpusOptions } from './corpus-options.ts';

/**
 * Checks, before any work, the options that no operator checks.
 *
 * @throws ToeditError BAD_OPTION naming the option, the value and the remedy.
 */
export function checkCorpusOptions(options: CorpusOptions): void {
  requireInteger('limit', options.limit, [0]);
  requireInteger('threads', options.threads, [0, 1024]);
  requireInteger('filesInFlight', options.filesInFlight, [1, 1024]);
  requireOneOf('device', options.device, ['cpu', 'cuda', 'webgpu']);
  resolveEngines(options);
  requireOneOf('bos', options.bos, ['auto', 'always', 'never']);
  requireOneOf('format', options.format, ['parquet', 'arrow', 'jsonl']);
  requireSeed(options.seed ?? 0n);
}
