import { expect, test } from 'vitest';
import { featureCounter } from '#toedit/src/analysis/features/feature-counter';
import { type GroupedStates, newPart } from '#toedit/src/analysis/part-state';
import { addFile, newSetStates, reportOf } from '#toedit/src/analysis/report-sets';
import { addScores, newScoreState } from '#toedit/src/analysis/scores/score-state';
import { renderAnalysis } from '#toedit/src/report/render-analysis';
import { scoredDocuments } from '../../analysis-reference.ts';

function statesOf(texts: readonly string[], seed: number | null): GroupedStates {
  const counter = featureCounter();
  for (const text of texts) counter.add(new TextEncoder().encode(text));
  const scores = newScoreState();
  scoredDocuments(seed ?? 0, 40, 1000).forEach((logprobs, row) => {
    addScores(scores, { logprobs, predictedBytes: 4 * logprobs.length, file: 'a.jsonl', row });
  });
  const part = { rows: texts.length + 1, passed: 1, features: counter.state() };
  return new Map([[undefined, { ...part, scores: seed === null ? null : scores }]]);
}

test('shows sets side by side, and each with the one named human', () => {
  const synthetic = newSetStates('synthetic');
  addFile(synthetic, statesOf(['the cat, the cat sat', 'the cat'], 1));
  const human = newSetStates('human');
  addFile(human, statesOf(['a dog and the cat ran away'], 2));
  const report = reportOf([synthetic, human], { definition: 'd', failed: [], pending: 2 });
  expect(report.reference).toBe('human');
  expect(renderAnalysis(report)).toMatchInlineSnapshot(`
    "synthetic: 27 bytes of text in 3 rows of 1 file, 1 of them without a text that can be read
    human: 26 bytes of text in 2 rows of 1 file, 1 of them without a text that can be read

    n-grams, hashed into 10,000 buckets (entropy in nats, 9.21 at most):
                 unigrams  distinct-1  distinct-2  entropy    Gini   top 1 %
      synthetic         8      0.5000      0.6667    1.933  0.9994  100.00 %
          human         7      1.0000      1.0000    2.565  0.9987  100.00 %

    tokens by P (entropy of ten bins in nats, 2.303 at most; TV: distance to equal bins):
                     .0      .1      .2     .3     .4     .5     .6     .7     .8     .9  P >= 0.99  entropy     TV  mean ln P
      synthetic  35.4 %  12.9 %  10.4 %  9.6 %  7.0 %  6.9 %  6.0 %  4.2 %  4.6 %  3.0 %     0.32 %    2.012  0.287  -2.019
          human  32.5 %  17.2 %  11.1 %  8.3 %  7.7 %  6.5 %  5.0 %  4.4 %  4.4 %  2.9 %     0.32 %    2.021  0.309  -1.867

    tokens by their place in their text (mean ln P, and P >= 0.99):
                              0-15   16-63  64-255  256-1023  1024+
      synthetic  mean ln P  -2.018  -2.038  -1.944         -  -
      synthetic  P >= 0.99  0.19 %  0.46 %  0.00 %         -  -
          human  mean ln P  -1.884  -1.848  -1.910         -  -
          human  P >= 0.99  0.17 %  0.46 %  0.00 %         -  -

    documents by perplexity, and bits a byte:
                                1 %    5 %   25 %   50 %   75 %   95 %   99 %  P99 - P1  all bytes  mean of documents
      synthetic   perplexity   1.75   1.97   3.30   6.14  19.05  34.37  64.46     62.71
      synthetic  bits a byte  0.200  0.241  0.405  0.632  0.975  1.228  1.338     1.138      0.713  0.693
          human   perplexity   1.66   1.84   3.50   5.19  12.40  22.02  59.61     57.96
          human  bits a byte  0.180  0.213  0.443  0.587  0.854  1.096  1.446     1.266      0.661  0.660

    compared with human (JS and KL in nats; W1 of ln perplexity; above: human above the 99 % of it):
                 n-gram JS  n-gram KL  entropy of P  perplexity JS      W1  above
      synthetic     0.4410     6.2949       -0.0086         0.1312  0.2354  0.00 %

    most frequent bigrams (of the 64 in --json):
      synthetic: the cat 3 | , the 1 | cat , 1 | cat sat 1
      human: a dog 1 | and the 1 | cat ran 1 | dog and 1 | ran away 1 | the cat 1

    documents of synthetic by perplexity:
      highest: a.jsonl row 29 (64.5), a.jsonl row 6 (34.9), a.jsonl row 0 (34.4)
      lowest: a.jsonl row 8 (1.7), a.jsonl row 36 (2.0), a.jsonl row 4 (2.1)

    documents of human by perplexity:
      highest: a.jsonl row 18 (59.7), a.jsonl row 39 (23.0), a.jsonl row 29 (22.0)
      lowest: a.jsonl row 9 (1.7), a.jsonl row 16 (1.8), a.jsonl row 26 (1.9)

    2 files of other shards not analysed yet: these numbers are of the others"
  `);
});

test('shows nothing that is not there', () => {
  const empty = newSetStates('empty');
  addFile(empty, new Map([[undefined, newPart()]]));
  const other = newSetStates('other');
  addFile(other, statesOf(['a'], null));
  const report = reportOf([empty, other], { definition: 'd', failed: [], pending: 0 });
  const text = renderAnalysis(report);
  expect(text).not.toMatch(/NaN|undefined|null|Infinity/);
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
});
