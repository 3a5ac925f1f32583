import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Dictionary, Int8, Utf8 } from 'apache-arrow';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withCounts } from '#toedit/src/metrics/totals';
import { batchOf, dataOf } from '../../arrow/any-column.ts';
import { cells, countOf, open, replay, scratch } from './journal-of.ts';

/** Three batches, the last with a dictionary of its own. */
const three = [
  ['x', 'y', null],
  ['x', 'x'],
  ['z', 'long enough for bytes', 'x'],
].map((values, i) =>
  withCounts(batchOf(dataOf(new Dictionary(new Utf8(), new Int8()), values)), countOf(i)),
);

/** The bytes of a segment of those, and where its last batch begins. */
async function segmentOfThree(): Promise<{ bytes: Buffer; lastBegin: number }> {
  using place = scratch();
  await using journal = await open(place.directory);
  for (const batch of three.slice(0, 2)) await journal.append(batch);
  const path = join(place.directory, readdirSync(place.directory)[0] ?? '');
  const lastBegin = statSync(path).size;
  for (const batch of three.slice(2)) await journal.append(batch);
  return { bytes: readFileSync(path), lastBegin };
}

/** Whatever is left of a segment, whole batches of it come back, and a resumed process ends with the same rows. */
async function checkDamaged(
  bytes: Uint8Array,
  committed: readonly number[],
  resumes = true,
): Promise<void> {
  using place = scratch();
  writeFileSync(join(place.directory, '0-a.arrows'), bytes);
  await using journal = await open(place.directory);
  expect(committed).toContain(journal.rows);
  expect(cells(await replay(journal))).toEqual(cells(three).slice(0, journal.rows));
  if (!resumes) return;
  let begin = 0;
  for (const batch of three) {
    if (begin >= journal.rows) await journal.append(batch);
    begin += batch.numRows;
  }
  await journal.complete();
  await using reopened = await open(place.directory);
  expect(cells(await replay(reopened))).toEqual(cells(three));
  expect(reopened.counts).toEqual([0, 1, 2].map(countOf));
  expect(reopened.isComplete).toBe(true);
}

test('torn at each byte of the last batch, a journal holds those before it', async () => {
  const { bytes, lastBegin } = await segmentOfThree();
  for (let size = lastBegin; size < bytes.length; size++) {
    await checkDamaged(bytes.subarray(0, size), [5], size % 16 === 0);
  }
  await checkDamaged(bytes, [8]);
});

test('with any byte of the last batch changed, a journal holds those before it', async () => {
  const { bytes, lastBegin } = await segmentOfThree();
  for (let at = lastBegin; at < bytes.length; at++) {
    const damaged = Uint8Array.from(bytes);
    damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8));
    // A change in what pads the commit record leaves it right.
    await checkDamaged(damaged, [5, 8], at % 16 === 0);
  }
});

test('with any byte changed anywhere, a journal holds whole batches', async () => {
  const { bytes } = await segmentOfThree();
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: bytes.length - 1 }),
      fc.integer({ min: 1, max: 255 }),
      async (at, bits) => {
        const damaged = Uint8Array.from(bytes);
        damaged[at] = (damaged[at] ?? 0) ^ bits;
        await checkDamaged(damaged, [0, 3, 5, 8]);
      },
    ),
    { numRuns: 150 },
  );
});
