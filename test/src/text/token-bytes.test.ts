import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tokenBytesOf } from '#toedit/src/text/token-bytes';
import { advanceUtf8, tokenTransitions, utf8StateCount } from '#toedit/src/text/utf8';

const tokens = fc.array(fc.option(fc.uint8Array({ maxLength: 5 }), { nil: undefined }));

describe('tokenBytesOf', () => {
  test('gives back what it was given', () => {
    fc.assert(
      fc.property(tokens, (list) => {
        const tokenBytes = tokenBytesOf(list);
        expect(tokenBytes.size).toBe(list.length);
        list.forEach((token, id) => {
          expect(tokenBytes.bytes(id)).toEqual(token ?? new Uint8Array());
          expect(tokenBytes.length(id)).toBe(token?.length ?? 0);
          expect(tokenBytes.isSpecial(id)).toBe(token === undefined);
        });
      }),
    );
  });

  test('counts special ids and ids beyond the vocabulary as special', () => {
    const tokenBytes = tokenBytesOf([Uint8Array.of(65), Uint8Array.of(66)], [1]);
    expect([0, 1, 2, -1].map((id) => tokenBytes.isSpecial(id))).toEqual([false, true, true, true]);
    expect(tokenBytes.bytes(2)).toEqual(new Uint8Array());
    expect(tokenBytes.length(-1)).toBe(0);
  });
});

test('tokenTransitions is the automaton over each token', () => {
  fc.assert(
    fc.property(tokens, (list) => {
      const tokenBytes = tokenBytesOf(list);
      const transitions = tokenTransitions(tokenBytes);
      expect(transitions.length).toBe(list.length * utf8StateCount);
      transitions.forEach((next, index) => {
        const bytes = tokenBytes.bytes(Math.floor(index / utf8StateCount));
        expect(next).toBe(advanceUtf8(index % utf8StateCount, bytes));
      });
    }),
  );
});
