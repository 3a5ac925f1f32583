import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type FileMeter, fileMeter } from '#toedit/src/metrics/file-meter';

/** A record batch, and the bytes of the input that lie behind each of its rows. */
interface Batch {
  readonly rows: number;
  readonly tokens: number;
  readonly bytesARow: number;
}

const batches = fc.array(
  fc.record({
    rows: fc.integer({ min: 1, max: 600 }),
    tokens: fc.nat(5000),
    bytesARow: fc.nat(99),
  }),
  { minLength: 1, maxLength: 12 },
);

const rowsOf = (parts: readonly Batch[]): number => parts.reduce((sum, { rows }) => sum + rows, 0);
const bytesOf = (parts: readonly Batch[]): number =>
  parts.reduce((sum, { rows, bytesARow }) => sum + rows * bytesARow, 0);

/** Reads some batches ahead of the one that is scored; the share after each step. */
function run(
  meter: FileMeter,
  parts: readonly Batch[],
  { ahead = 0, firstRow = 0, firstByte = 0 } = {},
): readonly { readonly share: number; readonly rows: number }[] {
  const seen: { share: number; rows: number }[] = [];
  const note = (): void => {
    seen.push({ share: meter.share(), rows: meter.rowsDone() });
  };
  let read = 0;
  let committed = firstRow;
  parts.forEach(({ rows, tokens }, i) => {
    for (; read < parts.length && read <= i + ahead; read++) {
      meter.read(parts[read]?.rows ?? 0, firstByte + bytesOf(parts.slice(0, read + 1)));
    }
    meter.begin(rows, tokens);
    for (let step = 0; step < 4; step++) {
      note();
      meter.score(tokens / 4);
    }
    note();
    committed += rows;
    meter.commit(committed);
    note();
  });
  return seen;
}

test.each(['rows', 'bytes'])(
  'by its %s, a file is through from 0 to 1, and never goes back',
  (by) => {
    fc.assert(
      fc.property(batches, fc.nat(3), (parts, ahead) => {
        const rows = rowsOf(parts);
        const bytes = bytesOf(parts);
        fc.pre(bytes > 0);
        const meter = fileMeter(
          by === 'rows'
            ? { rowsTotal: rows, bytes: null, firstRow: 0 }
            : { rowsTotal: null, bytes, firstRow: 0 },
        );
        const seen = run(meter, parts, { ahead });
        expect(seen[0]).toEqual({ share: 0, rows: 0 });
        expect(seen.at(-1)?.share).toBeCloseTo(1);
        expect(seen.at(-1)?.rows).toBe(rows);
        seen.slice(1).forEach(({ share, rows: through }, i) => {
          expect(share).toBeGreaterThanOrEqual((seen[i]?.share ?? 0) - 1e-9);
          expect(through).toBeGreaterThanOrEqual(seen[i]?.rows ?? 0);
        });
      }),
    );
  },
);

test('after each record batch the share is that of the bytes behind its rows', () => {
  fc.assert(
    fc.property(batches, fc.nat(3), (parts, ahead) => {
      const bytes = bytesOf(parts);
      fc.pre(bytes > 0);
      const seen = run(fileMeter({ rowsTotal: null, bytes, firstRow: 0 }), parts, { ahead });
      parts.forEach((_, i) => {
        expect(seen[i * 6 + 5]?.share).toBeCloseTo(bytesOf(parts.slice(0, i + 1)) / bytes);
      });
    }),
  );
});

test('within a record batch it moves with the tokens', () => {
  const meter = fileMeter({ rowsTotal: null, bytes: 1000, firstRow: 0 });
  meter.read(10, 1000);
  meter.begin(10, 80);
  meter.score(20);
  expect([meter.rowsDone(), meter.share(), meter.tokensLeft()]).toEqual([2, 0.25, 60]);
  meter.score(100);
  expect([meter.rowsDone(), meter.share(), meter.tokensLeft()]).toEqual([10, 1, 0]);
});

test('what an earlier process did is through at once, and is known apart', () => {
  fc.assert(
    fc.property(batches, fc.integer({ min: 1, max: 999 }), (parts, firstRow) => {
      const bytes = bytesOf(parts);
      fc.pre(bytes > 0);
      const firstByte = (bytes * firstRow) / rowsOf(parts);
      const meter = fileMeter({ rowsTotal: null, bytes: firstByte + bytes, firstRow });
      const seen = run(meter, parts, { firstRow, firstByte });
      expect(seen[0]?.rows).toBe(firstRow);
      expect(meter.shareBefore()).toBe(seen[0]?.share);
      expect(meter.shareBefore()).toBeGreaterThan(0);
      expect(seen.at(-1)?.share).toBeCloseTo(1);
    }),
  );
});

test('of a file that is read in part, the limit is the whole', () => {
  const meter = fileMeter({ rowsTotal: null, limit: 20, bytes: 10 ** 9, firstRow: 0 });
  meter.read(20, 65_536);
  meter.begin(20, 100);
  meter.score(50);
  expect(meter.share()).toBeCloseTo(0.5);
});

test('a file of which nothing is known is not through before its end', () => {
  const meter = fileMeter({ rowsTotal: null, bytes: null, firstRow: 0 });
  meter.read(20, 0);
  meter.begin(20, 100);
  meter.score(100);
  expect([meter.rowsDone(), meter.share()]).toEqual([20, 0]);
  expect(fileMeter({ rowsTotal: 0, bytes: null, firstRow: 0 }).share()).toBe(1);
});
