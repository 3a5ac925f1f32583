import { ToeditError } from '../src/errors.ts';
import type { Prior } from '../src/model/load-prior.ts';

/**
 * Makes sure that two priors read the same tokens.
 *
 * @throws ToeditError `BAD_OPTION` naming both.
 */
export function requireOneTokenizer(
  a: Pick<Prior, 'directory' | 'tokenizerFingerprint'>,
  b: Pick<Prior, 'directory' | 'tokenizerFingerprint'>,
): void {
  if (a.tokenizerFingerprint === b.tokenizerFingerprint) return;
  const [inA, inB] = [a, b].map(
    ({ directory, tokenizerFingerprint }) => `${directory} (${tokenizerFingerprint.slice(0, 12)})`,
  );
  throw new ToeditError(
    'BAD_OPTION',
    `the tokenizers of ${inA ?? ''} and ${inB ?? ''} differ: name two priors with the same tokenizer.json, and the same add_bos_token in tokenizer_config.json`,
    { place: { file: b.directory } },
  );
}
