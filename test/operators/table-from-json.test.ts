import { tableFromJSON } from 'apache-arrow';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyEdits } from '#toedit/operators/apply-edits';
import { rebatch } from '#toedit/operators/rebatch';
import { resampleTokens } from '#toedit/operators/resample-tokens';
import { scoreTokens } from '#toedit/operators/score-tokens';
import { tokenize } from '#toedit/operators/tokenize';
import { loadPrior, type Prior } from '#toedit/src/model/load-prior';
import { compose } from '#toedit/src/operator';
import { root } from '../sandbox.ts';
import { collect, countedSource } from './text-batch.ts';

let prior: Prior;
beforeAll(async () => {
  prior = await loadPrior(`${root}/models/tiny`, { threads: 1 });
});
afterAll(() => prior.close());

const texts = ['The sea is blue.', 'An old man lived by the sea.', 'The sea is blue.'];

test.each([undefined, 'id'])(
  'rows of tableFromJSON are edited (key column %s)',
  async (keyColumn) => {
    const table = tableFromJSON(texts.map((text, row) => ({ text, id: `row ${row}` })));
    const edit = compose(
      rebatch({ rows: 2 }),
      tokenize(prior),
      scoreTokens(prior, { threshold: 0.01 }),
      resampleTokens(prior, { threshold: 0.01, seed: 1n, keyColumn }),
      applyEdits(prior),
    );
    const batches = await collect(edit(countedSource(table.batches).source));
    const edited = batches.flatMap((batch) =>
      Array.from(batch.getChild('text') ?? [], (text) => text as string),
    );
    expect(edited).toHaveLength(3);
    expect(edited).not.toEqual(texts);
    // Equal documents have equal draws, unless a key tells them apart.
    expect(edited[0] === edited[2]).toBe(keyColumn === undefined);
    const types = batches.map(({ schema }) => String(schema.fields[0]?.type));
    expect(new Set(types)).toEqual(new Set(['Dictionary<Int32, Utf8>']));
  },
);
