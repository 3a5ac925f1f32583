import type { RunSummary } from '../metrics/summary.ts';
import { defaultResampling } from '../resampling/resampling-options.ts';
import { formatShare } from './format-quantity.ts';

/** Fewer edits than this share of the tokens are worth a word. */
const fewShare = 0.001;

/** A run of as many tokens is nobody's first. */
const manyTokens = 1_000_000;

/** Why an edit run changed nothing or nearly nothing, and which options change more; a line, or none. */
export function renderFewChanges(summary: RunSummary): readonly string[] {
  const { command, interrupted, tokens, changed, deleted, options } = summary;
  const edits = changed + deleted;
  if (command === 'score' || interrupted || tokens === 0 || edits >= fewShare * tokens) return [];
  if (edits > 0 && tokens >= manyTokens) return [];
  const isKnown = Object.keys(defaultResampling).every((name) => options[name] !== undefined);
  if (!isKnown) return [];
  return [`  ${explain(summary, edits)}`];
}

function explain(summary: RunSummary, edits: number): string {
  const { options, eligible, drawn, tokens, refused } = summary;
  const few = edits === 0 ? 'Nothing changed' : `Only ${formatShare(edits, tokens, 3)} changed`;
  const { threshold, dropBelow } = options;
  if (typeof threshold !== 'number') return `${few}: ${explainDeletions(dropBelow, edits)}`;
  const redrawn = `P ${options['inclusive'] === false ? '>' : '>='} ${String(threshold)}`;
  if (eligible === 0) {
    return (
      `${few}: the prior gives no token ${redrawn}. For more: a lower --threshold (--scores all shows ` +
      'how P is spread), or a prior that knows such text.'
    );
  }
  const isRefused = edits === 0 && 2 * (refused.utf8 + refused.special) > drawn && drawn > 0;
  if (isRefused)
    return `${few}: most draws were refused, since they would break UTF-8 or are special tokens.`;
  const reason = reasonOfDraws(options, redrawn);
  if (reason !== undefined) return `${few}: ${reason}`;
  const isDefault = Object.entries(defaultResampling).every(
    ([name, value]) => options[name] === value,
  );
  const cause = isDefault && drawn > 0 && edits > 0 ? 'So few changes are the rule at work' : few;
  return `${cause}: a draw at ${redrawn} nearly always returns the original token. For more: ${remedies(options)}.`;
}

function explainDeletions(dropBelow: unknown, edits: number): string {
  const found = edits === 0 ? 'no token has' : 'few tokens have';
  return `${found} P < ${String(dropBelow)}, and no other is deleted. For more: a higher --drop-below.`;
}

/** What keeps the draws from changing anything, other than that the original is likely. */
function reasonOfDraws(options: RunSummary['options'], redrawn: string): string | undefined {
  const { topK, topP, threshold, excludeOriginal } = options;
  if (excludeOriginal === true) {
    return topK === 1
      ? 'with --top-k 1 there is no candidate but the original. For more: a higher --top-k.'
      : `few tokens have ${redrawn}. For more: a lower --threshold.`;
  }
  if (topK === 1)
    return 'with --top-k 1 a draw always returns the same token. For more: a higher --top-k.';
  if (typeof topP === 'number' && topP < 1 && topP <= Number(threshold))
    return `with --top-p ${String(topP)} a draw at ${redrawn} always returns the same token. For more: a --top-p above the threshold.`;
  return undefined;
}

/** The options that are not turned as far already. */
function remedies({ temperature, threshold }: RunSummary['options']): string {
  const warm = typeof temperature === 'number' && temperature >= 2;
  const low = typeof threshold === 'number' && threshold <= 0.5;
  return [
    ...[warm ? `--temperature ${String(temperature + 1)}` : '--temperature 2'],
    ...[low ? 'a lower --threshold' : '--threshold 0.5'],
  ]
    .join(', ')
    .concat(' or --exclude-original');
}
