import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Reference values of one text, computed in float64 by PyTorch in one window without BOS. */
export interface GoldenText {
  readonly name: string;
  readonly text: string;
  readonly token_ids: readonly number[];
  /** Natural log P(token given those before it); null for the first. */
  readonly token_logprobs: readonly (number | null)[];
  /** Positions with P >= 0.99, and for each the eight most probable tokens. */
  readonly eligible: readonly number[];
  readonly top8_token_ids: readonly (readonly number[])[];
  readonly top8_logprobs: readonly (readonly number[])[];
}

/** The reference values of the embedded prior, copied into the repository. */
export const tinyGolden: readonly GoldenText[] = readLines(
  fileURLToPath(new URL('fixtures/golden-tiny.jsonl', import.meta.url)),
);

/** The reference values beside the repository; null where they are absent. */
export function sharedGolden(name: string): readonly GoldenText[] | null {
  const path = fileURLToPath(new URL(`../../shared/golden/${name}`, import.meta.url));
  return existsSync(path) ? readLines(path) : null;
}

function readLines(path: string): GoldenText[] {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as GoldenText);
}
