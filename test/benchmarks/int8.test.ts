import { expect, test } from 'vitest';
import type { Pass, Tool } from '#toedit/benchmarks/contest/start-contestant';
import { contestantNames } from '#toedit/benchmarks/int8/contestants';
import { compareDocuments } from '#toedit/benchmarks/int8/fidelity';
import { goalsOf, type Int8Results } from '#toedit/benchmarks/int8/goals';
import { type Circumstances, resultsPage } from '#toedit/benchmarks/int8/results-page';

const { float32, int8, fast, bfloat16, vllmFloat32 } = contestantNames;
const tool = (name: string): Tool => ({
  ...{ name, family: 'any', needs: '/', program: 'none', script: 'none', settings: [] },
});

/** A contestant by its tokens a second, a round each. */
const standing = (name: string, rates: readonly number[]) => ({
  ...{ tool: tool(name), warmUpSeconds: 1 },
  passes: rates.map((rate): Pass => ({ seconds: 2000 / rate, tokens: 2000 })),
  agreement: { mean: 0, worst: 0, decisions: 0, eligible: 0 },
});

/** A contestant that turns the first `flipped` of 4 documents of 11 tokens, which float32 finds certain. */
const fidelity = (name: string, flipped: number) => {
  const documents = Array.from({ length: 4 }, () => Array.from({ length: 11 }, () => 0));
  const certain = new Float32Array(40).fill(-0.001);
  const other = certain.map((logprob, i) => (i < flipped ? -0.1 : logprob));
  return { name, comparison: compareDocuments(certain, other, documents) };
};

const results: Int8Results = {
  race: {
    standings: [
      standing(float32, [100, 100, 100]),
      standing(int8, [175, 200, 160]),
      standing(fast, [215, 205, 220]),
      standing(bfloat16, [100, 125, 100]),
      standing(vllmFloat32, [80, 80, 80]),
    ],
    leftOut: [],
  },
  fidelities: [
    fidelity(int8, 2),
    fidelity(fast, 5),
    fidelity(bfloat16, 2),
    fidelity(vllmFloat32, 0),
  ],
  sameBits: true,
  quantising: {
    int8: { seconds: 179, peakRssBytes: 1.9e9 },
    fast: { seconds: 12, peakRssBytes: 2.1e9 },
  },
};
const circumstances: Circumstances = {
  ...{
    machine: '2 cores',
    instructionSets: ['avx2'],
    calibrated: 'a.parquet',
    graph: 'model.onnx',
  },
};

const verdicts = (found: Int8Results) => goalsOf(found).map(({ met }) => met);

test('goals are judged by the medians of ratios of neighbouring runs', () => {
  expect(goalsOf(results)).toEqual([
    // Round by round 1.75, 1.6, 1.6.
    { goal: `${int8}: at least 1.4 times ${bfloat16}`, found: '1.600', met: true },
    { goal: `${int8}: no more decisions changed than by ${bfloat16}`, found: '2 and 2', met: true },
    { goal: `${fast}: at least 1.8 times ${bfloat16}`, found: '2.150', met: true },
    { goal: `${int8}: at least 1.7 times ${float32}`, found: '1.750', met: true },
    { goal: `${fast}: at least 2.1 times ${float32}`, found: '2.150', met: true },
    { goal: 'the same bits for other micro-batches', found: 'the same', met: true },
    { goal: 'quantising in less than 3 minutes', found: '179 s', met: true },
    { goal: 'quantising in less than 2 GB', found: '2.10 GB', met: false },
  ]);
});

test('each goal can be missed', () => {
  const slow = results.race.standings.map((each) =>
    each.tool.name === int8 || each.tool.name === fast
      ? standing(each.tool.name, [99, 99, 99])
      : each,
  );
  const missed = verdicts({
    race: { ...results.race, standings: slow },
    fidelities: [fidelity(int8, 3), fidelity(bfloat16, 2)],
    sameBits: false,
    quantising: {
      int8: { seconds: 10, peakRssBytes: 2e9 },
      fast: { seconds: 180, peakRssBytes: 1e9 },
    },
  });
  expect(missed).toEqual(Array.from({ length: 8 }, () => false));
});

test('what was not measured is not met', () => {
  const race = { standings: [standing(int8, [100])], leftOut: [] };
  const bare = { race, fidelities: [fidelity(int8, 0)], sameBits: true, quantising: null };
  expect(verdicts(bare)).toEqual([null, null, null, null, null, true, null, null]);
  const unknown = { seconds: 10, peakRssBytes: Number.NaN };
  const quantising = { int8: unknown, fast: unknown };
  expect(verdicts({ ...bare, quantising }).slice(-2)).toEqual([true, null]);
});

test('documents are compared without their first tokens', () => {
  const documents = [
    [5, 6, 7],
    [8, 9],
  ];
  const [a, b] = [Float32Array.of(-0.001, -3, -0.5), Float32Array.of(-0.5, -3, -0.001)];
  expect(compareDocuments(a, b, documents)).toMatchObject({
    ...{ documents: 2, tokens: 3, thresholds: [{ lost: 1, gained: 1, flipped: 2 }] },
  });
  const worse = compareDocuments(a, Float32Array.of(-0.001, -3, -9), documents);
  expect(worse.worst).toMatchObject({ row: 1, token: 0, logprobB: -9 });
  expect(() => compareDocuments(a, b.subarray(1), documents)).toThrow();
  expect(() => compareDocuments(a, b, [[5, 6]])).toThrow('1 tokens: not 3, 3');
});

test('the page gives all figures', () => {
  const page = resultsPage(results, circumstances);
  expect(page).toContain(`| ${int8}: at least 1.4 times ${bfloat16} | 1.600 | **met** |`);
  expect(page).toContain('| quantising in less than 2 GB | 2.10 GB | **not met** |');
  expect(page).toContain(
    `| ${int8} | 175 | 1.600 (1.60–1.75) | 2.188 (2.00–2.50) | 1.750 (1.60–2.00) |`,
  );
  expect(page).toMatch(
    /\| toedit, int8 \| 0\.005 \(0 to 0\.0\d+\) \| 2 \| 5\.000 % \(\d\.\d{3} % to \d+\.\d{3} %\) \| 38, 40 \|/,
  );
  expect(page).toContain('Calibrated on a.parquet');
  expect(page).toContain(`| ${int8} | 179 | 1.90 |`);
  expect(page).toContain('40 tokens of 4 documents');
});

test('the page tells whether bfloat16 is emulated, what was given, and who was left out', () => {
  const page = (changes: Partial<Circumstances>, found: Int8Results = results) =>
    resultsPage(found, { ...circumstances, ...changes });
  expect(page({})).toContain('It has no bfloat16 instructions');
  expect(page({ instructionSets: ['avx512f', 'amx_bf16'] })).toContain('instructions (amx_bf16)');
  expect(page({ instructionSets: null })).toContain('not known');
  const leftOut = [{ tool: tool(bfloat16), reason: 'not set up' }];
  const without = results.race.standings.filter(({ tool: { name } }) => name !== bfloat16);
  const bare = page({}, { ...results, quantising: null, race: { standings: without, leftOut } });
  expect(bare).toContain(`Left out: ${bfloat16}: not set up`);
  expect(bare).toContain(`| ${int8} | 175 |  | 2.188`);
  expect(bare).toContain('The priors were given');
  expect(bare).toContain(`at least 1.4 times ${bfloat16} | not measured | not measured |`);
});
