import fc from 'fast-check';
import { expect, test } from 'vitest';
import { featureCounter } from '#toedit/src/analysis/features/feature-counter';
import { measurePart } from '#toedit/src/analysis/measure-part';
import { type GroupedStates, newPart } from '#toedit/src/analysis/part-state';
import { addScores, newScoreState } from '#toedit/src/analysis/scores/score-state';
import { decodeState, definitionOf, encodeState } from '#toedit/src/analysis/state-file';
import { scoredDocuments } from '../../analysis-reference.ts';

const definition = definitionOf({ textColumn: 'text', groupBy: null, limit: null });
const of = { definition, set: 'human', input: 'a/b.jsonl', fingerprint: 'f00d' };

function groupsOf(texts: readonly string[], group: string | null | undefined): GroupedStates {
  const counter = featureCounter();
  for (const text of texts) counter.add(new TextEncoder().encode(text));
  const scores = newScoreState();
  scoredDocuments(texts.length, texts.length, 99).forEach((logprobs, row) => {
    addScores(scores, { logprobs, predictedBytes: 9, file: 'x', row });
  });
  return new Map([
    [group, { rows: 9, passed: 2, features: counter.state(), scores }],
    ['none', newPart()],
  ]);
}

test('a state comes back as it was', () => {
  const texts = fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 5 });
  fc.assert(
    fc.property(texts, fc.constantFrom(undefined, null, 'group'), (all, group) => {
      const groups = groupsOf(all, group);
      const read = decodeState(encodeState(of, groups), 'state', definition);
      expect(read.of).toEqual(of);
      expect([...read.groups.keys()]).toEqual([...groups.keys()]);
      expect(Buffer.compare(encodeState(of, read.groups), encodeState(of, groups))).toBe(0);
      const [part, again] = [groups.get(group), read.groups.get(group)];
      expect(again && measurePart(again)).toEqual(part && measurePart(part));
    }),
    { numRuns: 20 },
  );
});

test('a state that is cut or damaged is refused', () => {
  const bytes = encodeState(of, groupsOf(['some text'], undefined));
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), (at) => {
      const corrupt = expect.objectContaining({ code: 'FILE_CORRUPT' }) as Error;
      expect(() => decodeState(bytes.subarray(0, at), 'state', definition)).toThrow(corrupt);
    }),
    { numRuns: 30 },
  );
});

test('a state of another definition is refused, whatever differs', () => {
  const bytes = encodeState(of, new Map());
  const options = { textColumn: 'text', groupBy: null, limit: null };
  const others = [{ textColumn: 'body' }, { groupBy: 'source' }, { limit: 3 }];
  for (const other of others) {
    const another = definitionOf({ ...options, ...other });
    expect(() => decodeState(bytes, 'state', another)).toThrow(
      expect.objectContaining({ code: 'MANIFEST_CONFLICT' }) as Error,
    );
  }
});
