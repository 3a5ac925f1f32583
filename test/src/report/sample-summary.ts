import type { FileReport, RunSummary } from '#toedit/src/metrics/summary';
import { probabilityBins } from '#toedit/src/metrics/totals';

/** A file that was finished. */
export const sampleSuccess: FileReport = {
  input: 'corpus/books.parquet',
  output: 'edited/books.parquet',
  status: 'done',
  rows: 75,
  bytes: 1_800_000,
  changed: 178,
  seconds: 1300,
};

/** A file that failed. */
export const sampleFailure: FileReport = {
  input: 'corpus/broken.parquet',
  output: null,
  status: 'failed',
  rows: 0,
  bytes: 0,
  changed: 0,
  seconds: 0.1,
  error: { code: 'FILE_CORRUPT', message: 'the footer is cut off: fetch the file again' },
};

/** The summary of an edit run with one failed file. */
export const sampleSummary: RunSummary = {
  command: 'edit',
  version: '0.1.0',
  prior: {
    name: 'smollm2-135m',
    path: 'models/smollm2-135m',
    modelFile: 'onnx/model.onnx',
    precision: 'float32',
    device: 'cpu',
    threads: 2,
    modelFingerprint: 'ab12',
    tokenizerFingerprint: 'cd34',
  },
  inference: {
    seconds: 1380,
    engines: [{ device: 'cpu', microBatches: 841, busySeconds: 1352.4 }],
  },
  options: { preset: 'paper', threshold: 0.99, inclusive: true, topK: 8, seed: '0' },
  seconds: 1380,
  files: [sampleSuccess, sampleFailure],
  tasks: { total: 2, done: 1, failed: 0, bad: 1, pending: 0 },
  interrupted: false,
  resumed: { rows: 0, repeatedRows: 0 },
  unfinishedRows: 0,
  rows: 75,
  deadLetters: 0,
  textBytes: 1_800_000,
  tokens: 861_204,
  scoredTokens: 861_129,
  omittedLogprobs: 0,
  eligible: 24_117,
  drawn: 24_117,
  changed: 178,
  deleted: 0,
  refused: { utf8: 2, special: 1 },
  passed: {
    null_text: 1,
    not_text: 0,
    not_json: 0,
    over_byte_limit: 0,
    invalid_utf8: 0,
    tokenizer_mismatch: 2,
    tokenizer_failed: 0,
    inference_failed: 0,
  },
  probabilityBins,
  meanLogprob: -3.0812,
  probabilityHistogram: null,
  smallestMargin: 0.000_02,
  tokensHere: 861_204,
  paddedTokens: 26_635,
  halvedMicroBatches: 0,
  tokensPerSecond: 612,
  stages: [
    { name: 'read', busySeconds: 138, waitingSeconds: 0, blockedSeconds: 1242 },
    { name: 'score', busySeconds: 1352.4, waitingSeconds: 13.8, blockedSeconds: 13.8 },
  ],
  bottleneck: 'score',
  maxLoopDelayMs: 12.4,
  peakRssBytes: 1_300_000_000,
  excerpts: [
    {
      file: 'books.parquet',
      row: 3,
      before: 'It was the fox.',
      after: 'It was a fox.',
      changes: [{ start: 6, end: 10, text: ' a' }],
    },
  ],
};
