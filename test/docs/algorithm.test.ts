import { readFileSync } from 'node:fs';
import type { RecordBatch } from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import { applyEdits } from '#toedit/operators/apply-edits';
import { resampleTokens } from '#toedit/operators/resample-tokens';
import type { EditCountName } from '#toedit/src/columns';
import { planWindows, type WindowOptions } from '#toedit/src/inference/pack-windows';
import { philox4x32 } from '#toedit/src/random/philox';
import { documentKey, uniformDraw } from '#toedit/src/random/uniform-draw';
import type { Edit } from '#toedit/src/resampling/edits';
import { editLists } from '#toedit/src/resampling/edits';
import type { ResamplingOptions } from '#toedit/src/resampling/resampling-options';
import { logThreshold, presets } from '#toedit/src/resampling/resampling-options';
import { tokenBytesOf } from '#toedit/src/text/token-bytes';
import { scoredRecordBatch } from '../scored-documents.ts';

const page = readFileSync(new URL('../../docs/algorithm.md', import.meta.url), 'utf8');

/** The vectors of that name on the page. */
function vectors(name: string): unknown {
  const block = page.match(new RegExp(`\`\`\`json ${name}\\n(.*?)\`\`\``, 's'))?.[1];
  return JSON.parse(block ?? `"no vectors ${name}"`);
}

const words = (hex: string): Uint32Array =>
  Uint32Array.from(hex.split(' '), (word) => Number.parseInt(word, 16));

interface KnownAnswer {
  readonly counter: string;
  readonly key: string;
  readonly output: string;
}

interface ScoredExample {
  readonly seed: string;
  readonly text: string;
  readonly tokens: Readonly<Record<string, string>>;
  readonly specialIds: readonly number[];
  readonly tokenIds: readonly number[];
  readonly logprobs: readonly (number | null)[];
  readonly candidates: readonly {
    readonly position: number;
    readonly ids: readonly number[];
    readonly logprobs: readonly number[];
  }[];
}

type Candidates = ScoredExample['candidates'];

interface Case {
  /** In place of the document's own at these positions. */
  readonly candidates?: Candidates;
  readonly options: Partial<ResamplingOptions>;
  readonly counts: Readonly<Record<EditCountName, number>>;
  readonly edits: readonly Edit[];
  readonly text: string;
}

interface WindowsOfDocument extends WindowOptions {
  readonly tokens: number;
  readonly windows: readonly (readonly [start: number, end: number, scoredFrom: number])[];
}

describe('docs/algorithm.md', () => {
  test.each(vectors('philox') as KnownAnswer[])('philox $counter', ({ counter, key, output }) => {
    const result = new Uint32Array(4);
    philox4x32(words(counter), words(key), result);
    expect(result).toEqual(words(output));
  });

  test.each(vectors('document-key') as { bytes: string; key: string }[])(
    'key of $bytes',
    (vector) => {
      const { low, high } = documentKey(Buffer.from(vector.bytes, 'hex'));
      expect((BigInt(high) << 32n) | BigInt(low)).toBe(BigInt(`0x${vector.key}`));
    },
  );

  test.each(vectors('uniform') as { seed: string; key: string; position: number; value: number }[])(
    'number of seed $seed, key $key, position $position',
    ({ seed, key, position, value }) => {
      const number = BigInt(`0x${key}`);
      const document = { low: Number(number & 0xffffffffn), high: Number(number >> 32n) };
      expect(uniformDraw(BigInt(seed))(document, position)).toBe(value);
    },
  );

  test.each(vectors('threshold') as { probability: number; logThreshold: number }[])(
    'threshold $probability',
    (vector) => {
      expect(logThreshold(vector.probability)).toBe(vector.logThreshold);
    },
  );

  test.each(vectors('windows') as WindowsOfDocument[])(
    'windows of $tokens tokens, $windowTokens at once',
    ({ tokens, windows, ...options }) => {
      const plan = planWindows(tokens, options);
      expect(plan.map(({ start, end, scoredFrom }) => [start, end, scoredFrom])).toEqual(windows);
    },
  );

  const example = vectors('document') as ScoredExample;
  const tokens = Object.values(example.tokens).map((hex) => Buffer.from(hex, 'hex'));
  const prior = { tokenBytes: tokenBytesOf(tokens, example.specialIds) };
  const scoredWith = (own: Candidates): RecordBatch => {
    const all = new Map([...example.candidates, ...own].map((each) => [each.position, each]));
    const candidates = [...all.values()].map(({ ids, ...rest }) => ({ ...rest, token_ids: ids }));
    return scoredRecordBatch([{ ...example, candidates }]);
  };

  test.each(vectors('cases') as Case[])('resamples by $options', async (expected) => {
    const source = (async function* () {
      yield scoredWith(expected.candidates ?? []);
    })();
    const seed = BigInt(example.seed);
    const resample = resampleTokens(prior, { seed, ...expected.options });
    for await (const batch of resample(source)) {
      expect(editLists(batch)(0)).toEqual(expected.edits);
      expect({ ...batch.getChild('edit_counts')?.get(0) }).toEqual(expected.counts);
      const resampled = (async function* () {
        yield batch;
      })();
      for await (const edited of applyEdits(prior)(resampled)) {
        expect(edited.getChild('text')?.get(0)).toBe(expected.text);
      }
    }
    expect.assertions(3);
  });

  test('lists the presets as they are', () => {
    const rows = Object.entries(presets).map(([name, options]) =>
      [`\`${name}\``, ...Object.values(options)].map(String).join(' | '),
    );
    for (const row of rows) expect(page).toContain(`| ${row} |`);
  });
});
