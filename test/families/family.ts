import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a family's model must say of some texts. */
export interface Expected {
  /** What computed it: transformers in float64, or ONNX Runtime on the same graph. */
  readonly reference: string;
  /** The token that begins a text; null for none. */
  readonly bos: number | null;
  readonly rows: readonly ExpectedText[];
}

/** One text, its tokens, and the natural log-probability of each that something stands before. */
export interface ExpectedText {
  readonly text: string;
  readonly token_ids: readonly number[];
  readonly token_logprobs: readonly (number | null)[];
}

/** A directory with a model and what is expected of it. */
export interface Family {
  readonly name: string;
  readonly directory: string;
  readonly expected: Expected;
}

const places = [
  fileURLToPath(new URL('../fixtures/families/', import.meta.url)),
  fileURLToPath(new URL('../../../shared/models/families/', import.meta.url)),
] as const;

/** The families that `fixtures/families/make_families.py` made. */
export const ownFamilies: readonly Family[] = familiesIn(places[0]);

/** Others, which lie beside the repository; none where they are absent. */
export const sharedFamilies: readonly Family[] = existsSync(places[1]) ? familiesIn(places[1]) : [];

if (sharedFamilies.length === 0) console.warn(`skipped: tests on families need ${places[1]}`);

function familiesIn(place: string): readonly Family[] {
  const names = readdirSync(place).filter((name) => existsSync(join(place, name, 'expected.json')));
  return names.map((name) => {
    const directory = join(place, name);
    const expected = JSON.parse(readFileSync(join(directory, 'expected.json'), 'utf8')) as Expected;
    return { name, directory, expected };
  });
}
