import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Splice, splice } from '#toedit/src/text/splice';

/** Bytes with splices in them: pieces alternately kept and replaced. */
const pieces = fc.array(
  fc.record({ kept: fc.uint8Array(), old: fc.uint8Array(), bytes: fc.uint8Array() }),
);

function assemble(list: readonly { kept: Uint8Array; old: Uint8Array; bytes: Uint8Array }[]) {
  let offset = 0;
  const splices: Splice[] = list.map(({ kept, old, bytes }) => {
    const start = offset + kept.length;
    offset = start + old.length;
    return { start, end: offset, bytes };
  });
  const before = Buffer.concat(list.flatMap(({ kept, old }) => [kept, old]));
  const after = Buffer.concat(list.flatMap(({ kept, bytes }) => [kept, bytes]));
  return { before, after, splices };
}

describe('splice', () => {
  test('replaces the named bytes and keeps every other', () => {
    fc.assert(
      fc.property(pieces, fc.uint8Array(), (list, tail) => {
        const { before, after, splices } = assemble(list);
        const result = splice(Buffer.concat([before, tail]), splices);
        expect(Buffer.compare(result, Buffer.concat([after, tail]))).toBe(0);
      }),
    );
  });

  test('leaves the given bytes as they were', () => {
    const bytes = Uint8Array.of(1, 2, 3);
    splice(bytes, [{ start: 0, end: 3, bytes: Uint8Array.of(9) }]);
    expect([...bytes]).toEqual([1, 2, 3]);
  });

  test.each([
    ['overlapping', [0, 2, 1, 3]],
    ['descending', [2, 3, 0, 1]],
    ['backward', [2, 1, 2, 3]],
    ['beyond the end', [0, 1, 2, 9]],
  ])('refuses splices that are %s', (_, [a = 0, b = 0, c = 0, d = 0]) => {
    const none = new Uint8Array();
    const splices = [
      { start: a, end: b, bytes: none },
      { start: c, end: d, bytes: none },
    ];
    expect(() => splice(new Uint8Array(4), splices)).toThrow(RangeError);
  });
});
