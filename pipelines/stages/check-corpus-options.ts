import { resolveEngines } from '../../src/inference/engine-options.ts';
import {
  badOption,
  requireInteger,
  requireOneOf,
  requireProbability,
  requireSeed,
} from '../../src/options.ts';
import { textSelection } from '../../src/texts/text-selection.ts';
import type { RunCorpusOptions, ScoreCorpusOptions } from './corpus-options.ts';

/**
 * Checks, before any work, the options that no operator checks.
 *
 * @throws ToeditError BAD_OPTION naming the option, the value and the remedy.
 */
export function checkCorpusOptions(options: RunCorpusOptions): void {
  checkTexts(options);
  checkScoresKept(options);
  requireInteger('limit', options.limit, [0]);
  requireInteger('threads', options.threads, [0, 1024]);
  requireInteger('filesInFlight', options.filesInFlight, [1, 1024]);
  requireOneOf('device', options.device, ['cpu', 'cuda', 'webgpu']);
  resolveEngines(options);
  requireOneOf('bos', options.bos, ['auto', 'always', 'never']);
  requireOneOf('format', options.format, ['parquet', 'arrow', 'jsonl']);
  checkJsonFields(options);
  requireSeed(options.seed ?? 0n);
}

function checkJsonFields({ jsonFields, format = 'jsonl' }: ScoreCorpusOptions): void {
  requireOneOf('jsonFields', jsonFields, ['columns', 'text', 'line']);
  if (jsonFields === undefined || format !== 'jsonl') return;
  throw badOption(
    'jsonFields',
    jsonFields,
    'it says what JSON Lines become in another format: choose format parquet or arrow, or leave it out',
  );
}

/** What is added to a row has one value there. */
function checkTexts(options: RunCorpusOptions): void {
  const isMany = textSelection(options)?.isMany === true;
  if (isMany && options.report === true) {
    const remedy = 'a row may have more texts than one; leave it out, and see toedit ledger';
    throw badOption('report', true, remedy);
  }
}

function checkScoresKept({
  candidates,
  candidateThreshold,
  format,
  onBadRow,
}: ScoreCorpusOptions): void {
  requireInteger('candidates', candidates, [1, 1024]);
  if (candidateThreshold !== undefined) {
    requireProbability('candidateThreshold', candidateThreshold);
    if (candidates === undefined) {
      throw badOption('candidateThreshold', candidateThreshold, 'it needs candidates, such as 8');
    }
  }
  if (candidates === undefined) return;
  if (format !== undefined) {
    throw badOption(
      'format',
      format,
      'scores with candidates are kept in a format of their own: leave it out',
    );
  }
  if (onBadRow === 'dead-letter') {
    throw badOption(
      'onBadRow',
      onBadRow,
      'score files hold a row for every row: set rows aside when you resample',
    );
  }
}
