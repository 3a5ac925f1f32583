import fc from 'fast-check';
import { expect, test } from 'vitest';
import { diffWords, isKept } from '#toedit/src/report/diff-words';

const prose = fc
  .array(fc.constantFrom('the', 'a', ' ', ' ', 'fox', 'é', '😀', '.', '\n'), { maxLength: 40 })
  .map((words) => words.join(''));

test('the stretches concatenate to the two texts, kept and replaced by turns', () => {
  fc.assert(
    fc.property(fc.oneof(prose, fc.string({ unit: 'binary' })), prose, (before, after) => {
      const changes = diffWords(before, after);
      expect(changes.map((change) => change.before).join('')).toBe(before);
      expect(changes.map((change) => change.after).join('')).toBe(after);
      const kept = changes.map(isKept);
      expect(kept.slice(1)).toEqual(kept.slice(0, -1).map((value) => !value));
    }),
  );
});

test('equal texts are one kept stretch', () => {
  expect(diffWords('so it was', 'so it was')).toEqual([
    { before: 'so it was', after: 'so it was' },
  ]);
  expect(diffWords('', '')).toEqual([]);
});

test('a changed word is marked whole, and alone', () => {
  expect(diffWords('he walked home', 'he walks home')).toEqual([
    { before: 'he ', after: 'he ' },
    { before: 'walked', after: 'walks' },
    { before: ' home', after: ' home' },
  ]);
});
