import type { RunData } from '#toedit/src/report/page/report-data';

/** What is shown of a made-up edit run in which nothing is remarkable; fields given stand in their place. */
export function sampleRunData(given: Partial<RunData> = {}): RunData {
  return {
    name: 'edited',
    output: '/corpora/edited',
    command: 'edit',
    version: '0.1.0',
    plannedAt: '2026-01-02T03:04:05.678Z',
    id: 'ab'.repeat(32),
    prior: {
      ...{ name: 'tiny', modelFile: 'onnx/model.onnx', precision: 'float32', device: 'cpu' },
      ...{ modelFingerprint: 'cd'.repeat(32), tokenizerFingerprint: 'ef'.repeat(32) },
    },
    rule: 'paper: P ≥ 0.99 redrawn from top 8, seed 0',
    options: { preset: 'paper', threshold: 0.99, textColumn: 'text', limit: null },
    files: { done: 3, failed: 0, pending: 0, skipped: 0 },
    counts: sampleCounts,
    histogram: { before: [300, 100, 90, 80, 70, 70, 80, 90, 100, 20], omitted: 0, after: null },
    throughput: sampleThroughput,
    sweep: null,
    passages: [samplePassage],
    problems: { files: [], fileCount: 0, deadLetters: [], deadLetterFileCount: 0 },
    notes: [],
    ...given,
  };
}

/** 1 % of tokens changed, by one draw in two. */
export const sampleCounts: RunData['counts'] = {
  ...{ rows: 100, textBytes: 4000, tokens: 1000, scoredTokens: 1000, eligible: 20, drawn: 20 },
  ...{
    changed: 10,
    deleted: 0,
    refusedUtf8: 0,
    refusedSpecial: 0,
    deadLetters: 0,
    writtenRows: 100,
  },
  ...{ passed: { null_text: 0 }, smallestMargin: 0.01, paddedTokens: 10, readTokens: 1000 },
};

/** 20 bins of ten seconds at one rate. */
export const sampleThroughput: NonNullable<RunData['throughput']> = {
  ...{ workers: 1, seconds: 200, workerSeconds: 200, tokens: 1000 },
  rates: Array.from({ length: 20 }, (_, bin) => ({ from: 10 * bin, to: 10 * bin + 10, rate: 5 })),
  stages: [
    { name: 'read', busySeconds: 10, waitingSeconds: 100, blockedSeconds: 90 },
    { name: 'score', busySeconds: 180, waitingSeconds: 20, blockedSeconds: 0 },
  ],
  ...{ peakRssBytes: 3e8, longestStallMs: 12 },
};

const samplePassage: RunData['passages'][number] = {
  ...{ file: 'books.parquet', row: 7, probability: 0.995 },
  parts: [
    { kept: 'it was the ', removed: 'best', added: 'worst' },
    { kept: ' of times', removed: '', added: '' },
  ],
};
