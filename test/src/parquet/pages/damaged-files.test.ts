import { join } from 'node:path';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { decodeAll, endsWell } from './ends-well.ts';
import { fixtureNames, fixtures } from './fixtures.ts';
import { chunksOf, type FileChunk } from './reencoded-file.ts';

describe('files of other writers, damaged', () => {
  const names = fixtureNames(
    /^(pyarrow-(delta|byte-stream|dictionary|numbers|nested|lz4)|spark-(types|lz4|v2)|duckdb-types|polars-types)/,
  );
  test.for(names)('%s', { timeout: 60_000 }, async (name) => {
    const { bytes, chunks } = await chunksOf(join(fixtures, name));
    await fc.assert(
      fc.asyncProperty(damagesOf(chunks), async ({ chunk, changes }) => {
        const copy = Uint8Array.from(bytes.subarray(0, chunk.start + chunk.length));
        for (const [share, value] of changes) {
          copy[chunk.start + Math.floor(share * chunk.length)] = value;
        }
        await endsWell(() => decodeAll(copy, { ...chunk }));
      }),
      { numRuns: 200 },
    );
  });
});

function damagesOf(chunks: readonly FileChunk[]) {
  return fc.record({
    chunk: fc.constantFrom(...chunks.map(({ chunk }) => chunk)),
    changes: fc.array(
      fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.integer({ min: 0, max: 255 })),
      { minLength: 1, maxLength: 3 },
    ),
  });
}
