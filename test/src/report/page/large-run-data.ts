import type {
  AnalysedPart,
  AnalysisData,
  SelectionData,
} from '#toedit/src/report/page/analysis-data';
import type { RunData } from '#toedit/src/report/page/report-data';
import { sampleCounts, sampleRunData, sampleThroughput } from './sample-run-data.ts';

/** Texts that would run, were they not escaped. */
export const hostileTexts: readonly string[] = [
  '<script>window.attacked = 1</script>',
  '<img src=x onerror="window.attacked = 2">',
  `"><svg onload='window.attacked = 3'>`,
  '</style></title></textarea><iframe srcdoc="<script>top.attacked = 4</script>"></iframe>',
];

const hostile = (index: number): string => hostileTexts[index % hostileTexts.length] ?? '';

/** A run whose every list is as long as it may be, and whose every text is as long, and hostile. */
export function largeRunData(): RunData {
  const long = (index: number): string => `${hostile(index)} ${'wide'.repeat(90)}`;
  const setting = {
    ...{ threshold: 0.9, temperature: 2, topK: 8, excludeOriginal: false, eligibleShare: 0.1 },
    ...{ changedShare: 0.02, changedDeviation: 0.001, refusedShare: 0.001, entropyChange: 0.01 },
    ...{
      meanLogprobChange: -0.1,
      probabilityHistogram: [310, 100, 90, 80, 70, 70, 80, 90, 100, 10],
    },
  };
  const settings = [0.9, 0.95, 0.99].flatMap((threshold) =>
    [1, 1.5, 2].map((temperature) => ({
      ...{ ...setting, threshold, temperature },
      changedShare: ((1 - threshold) * temperature) / 10,
    })),
  );
  const before = [300, 100, 90, 80, 70, 70, 80, 90, 100, 20];
  return sampleRunData({
    name: hostile(0),
    output: long(1),
    rule: hostile(2),
    options: { textColumn: hostile(3), keyColumn: hostile(1) },
    files: { done: 90_000, failed: 900, pending: 9, skipped: 99 },
    counts: {
      ...{ ...sampleCounts, rows: 9e9, tokens: 9e12, changed: 9e11, drawn: 2e12, deadLetters: 9e6 },
      passed: { null_text: 9e8, not_json: 12 },
    },
    histogram: { before, omitted: 0, after: { setting, counts: setting.probabilityHistogram } },
    throughput: {
      ...{ ...sampleThroughput, seconds: 1e6, workers: 400, workerSeconds: 4e8 },
      rates: Array.from({ length: 100 }, (_, bin) => {
        return { from: 1e4 * bin, to: 1e4 * bin + 1e4, rate: 1e6 * (2 + Math.sin(bin / 5)) };
      }),
      stages: Array.from({ length: 16 }, (_, stage) => ({
        ...{ name: `${hostile(stage)}${stage}`, busySeconds: 100 * stage },
        ...{ waitingSeconds: 50, blockedSeconds: 10 },
      })),
    },
    sweep: {
      ...{ documents: 9e6, tokens: 9e12, meanLogprob: -2.5, probabilityHistogram: before },
      ...{ entropy: 2.1, settings },
      wanted: {
        share: 0.01,
        settings: [{ ...setting, changedShare: 0.01, temperature: 1.9 }],
        unreachable: [],
      },
    },
    passages: Array.from({ length: 24 }, (_, index) => ({
      ...{ file: long(index), row: index, probability: 0.995 },
      parts: [
        {
          kept: `${hostile(index)} stays `,
          removed: hostile(index + 1),
          added: hostile(index + 2),
        },
        { kept: '\u202eturned\0\u0007', removed: '', added: '' },
      ],
    })),
    problems: {
      files: Array.from({ length: 50 }, (_, index) => {
        return { input: long(index), status: 'failed', code: 'FILE_CORRUPT', message: long(index) };
      }),
      fileCount: 900,
      deadLetters: Array.from({ length: 50 }, (_, index) => ({ file: long(index), rows: index })),
      deadLetterFileCount: 60,
    },
    notes: [long(0), long(1)],
  });
}

/** An analysis of twelve corpora with hostile names, each with as many groups as are shown. */
export function largeAnalysisData(): AnalysisData {
  const names = Array.from({ length: 12 }, (_, index) => `${hostile(index)}${index}`);
  return {
    name: hostile(1),
    reference: names[2] ?? '',
    sets: names.map((name, index) => ({
      ...largePart(name, index),
      groups: Array.from({ length: 5 }, (_, at) => {
        const { features, ...part } = largePart(`${hostile(at)}${at}`, index);
        const own = { ...features, concentration: [], topBigrams: [] };
        return { ...part, features: own, jensenShannon: at / 100 };
      }),
      groupCount: 90,
    })),
    comparisons: names.map((set) => ({
      ...{ set, jensenShannon: 0.01, divergence: 0.02, referenceAbove99: 0.05 },
      ...{ wasserstein: 0.2, perplexityJensenShannon: null, entropyChange: -0.1 },
    })),
  };
}

function largePart(name: string, index: number): AnalysedPart {
  const documents = Array.from({ length: 5 }, (_, at) => {
    return { file: hostile(at), row: 9e9, perplexity: 100 + at };
  });
  return {
    ...{ name, rows: 1e9 },
    features: {
      ...{ entropy: 8.1, gini: 0.5, topMass: 0.3, distinct1: null, distinct2: 0.4 },
      concentration: [1, 10, 100, 1000, 10_000].map((buckets, at) => ({
        buckets,
        share: at / 4,
      })),
      topBigrams: Array.from({ length: 12 }, (_, at) => ({ bigram: hostile(at), share: 0.01 })),
    },
    scores: {
      ...{ documents: 1e9, tokens: 9e12, meanLogprob: -3.5, entropy: 1.6, totalVariation: 0.5 },
      ...{ range: 98, bitsPerByte: 1.2, worst: documents, best: documents },
      histogram: [9e12, 1, 2, 3, 4, 5, 6, 7, 8, 9e11],
      massAtLeast: [0.9, 0.99, 0.999].map((probability) => ({ probability, share: 0.1 })),
      quantiles: [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99].map((share) => {
        return { share, value: 10 + 100 * share };
      }),
      logPerplexities: {
        from: index * 0.0625,
        binWidth: 0.0625,
        counts: Array.from({ length: 80 }, (_, bin) => bin * (80 - bin)),
      },
    },
  };
}

/** A selection with hostile names. */
export function largeSelectionData(): SelectionData {
  const bins = Array.from({ length: 48 }, (_, bin) => 1e6 * (bin % 7));
  return {
    name: hostile(2),
    ...{ candidates: 9e9, selected: 1e9, targetDocuments: 1e9 },
    meanLogWeight: { candidates: -40_000, selected: 12 },
    jensenShannon: { candidates: 0.2, selected: null },
    logWeights: { from: -80_000, binWidth: 2000, candidates: bins, selected: bins },
    files: Array.from({ length: 20 }, (_, at) => {
      return { input: `${hostile(at)}${at}`, rows: 1e9, selected: 1e8 };
    }),
    fileCount: 1000,
  };
}
