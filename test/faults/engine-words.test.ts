import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mutate } from '#toedit/benchmarks/fuzz/mutate';
import { type Verdict, verdictOfError } from '#toedit/benchmarks/fuzz/verdict';
import { seededRandom } from '#toedit/benchmarks/kills/seeded-random';
import { readArrow } from '#toedit/operators/formats/read-arrow';
import { ipcWriter, registerIpcCodecs } from '#toedit/src/arrow/ipc/ipc-writer';
import { reasonOf } from '#toedit/src/errors';
import type { Source } from '#toedit/src/operator';
import { numbered, textBatch } from '../operators/text-batch.ts';
import { hasSharedFaults, sharedFaults } from '../shared-data.ts';

/** Undefined where it is read to its end. */
async function refusalOf(source: Source): Promise<Verdict | undefined> {
  try {
    for await (const batch of source) expect(batch.numRows).toBeGreaterThanOrEqual(0);
    return undefined;
  } catch (error) {
    return verdictOfError(error);
  }
}

const leaks = ['140', '215', '265'].map((name) => `arrow-engine-message-leaks-${name}.arrow`);

describe.skipIf(!hasSharedFaults)('damaged Arrow of ../shared/faults', () => {
  test.each(leaks)('%s is refused in our own words', async (name) => {
    expect(await refusalOf(readArrow(sharedFaults + name))).toMatchObject({ kind: 'refused' });
  });
});

test('whatever is damaged in Arrow, no message is one of the engine or a codec', async () => {
  await registerIpcCodecs();
  const kinds = fc.record({
    format: fc.constantFrom('file', 'stream'),
    compression: fc.constantFrom('none', 'lz4', 'zstd'),
  } as const);
  const texts = Array.from({ length: 40 }, (_, row) => `text ${row % 5} `.repeat(row));
  await fc.assert(
    fc.asyncProperty(kinds, fc.nat(), async ({ format, compression }, seed) => {
      const writer = ipcWriter(format, compression);
      const parts = [...writer.write(textBatch(numbered(texts))), ...writer.close()];
      const { bytes } = mutate(Buffer.concat(parts), seededRandom(seed));
      const input = (async function* () {
        yield await Promise.resolve(bytes);
      })();
      const refusal = await refusalOf(readArrow(input));
      expect(refusal?.kind ?? 'refused', refusal?.detail).toBe('refused');
    }),
    { numRuns: 300 },
  );
});

test('errors of the engine are told in other words, all others in their own', () => {
  const types = [TypeError, RangeError, SyntaxError, ReferenceError];
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.constantFrom(...types), (words, Type) => {
      expect(reasonOf(new Type(words))).toBe('its contents cannot be decoded');
      expect(reasonOf(new Error(words))).toBe(words);
    }),
  );
});
