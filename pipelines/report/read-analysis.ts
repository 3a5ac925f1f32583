import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { corruptFile } from '../../src/errors.ts';
import { readRegular } from '../../src/files/open-regular.ts';
import { fileUnreadable } from '../../src/files/read-bytes.ts';
import type { AnalysedSet, AnalysisData } from '../../src/report/page/analysis-data.ts';

/** Where the analysis of that name lies: a file, or a directory with an `analysis.json`; null where there is none. */
export async function findAnalysis(input: string): Promise<string | null> {
  const found = await stat(input).catch(() => null);
  if (found === null) return null;
  if (!found.isDirectory()) return input;
  const path = join(input, 'analysis.json');
  return (await stat(path).catch(() => null)) === null ? null : path;
}

const most = { sets: 12, bins: 80, points: 100, bigrams: 12, text: 120 } as const;

/**
 * What a report shows of an analysis.
 *
 * @throws ToeditError `FILE_CORRUPT` where the file is none; `FILE_UNREADABLE`.
 */
export async function readAnalysis(path: string, input: string): Promise<AnalysisData> {
  const bytes = await readRegular(path).catch((error: unknown) => {
    throw fileUnreadable(path, error);
  });
  try {
    const report = fields(JSON.parse(bytes.toString('utf8')));
    return {
      name: basename(input),
      reference: text(report['reference']),
      sets: list(report['sets'], most.sets).map(setOf),
      comparisons: list(report['comparisons'], most.sets).map((each) => {
        const { set, jensenShannon, divergence, scores } = fields(each);
        const { referenceAbove99, wasserstein } = scores === null ? {} : fields(scores);
        return {
          ...{
            set: text(set),
            jensenShannon: orNull(jensenShannon),
            divergence: orNull(divergence),
          },
          ...{ referenceAbove99: orNull(referenceAbove99), wasserstein: orNull(wasserstein) },
        };
      }),
    };
  } catch (cause) {
    const remedy = 'name the analysis.json that toedit analyse --output has written';
    throw corruptFile({ file: path }, ` is neither a run nor an analysis; ${remedy}`, cause);
  }
}

function setOf(given: unknown): AnalysedSet {
  const { name, rows, features, scores } = fields(given);
  const { entropy, gini, topMass, distinct1, distinct2, concentration, topBigrams } =
    fields(features);
  return {
    ...{ name: text(name), rows: number(rows) },
    features: {
      ...{ entropy: orNull(entropy), gini: orNull(gini), topMass: orNull(topMass) },
      ...{ distinct1: orNull(distinct1), distinct2: orNull(distinct2) },
      concentration: list(concentration, most.points).map((each) => {
        return { buckets: number(fields(each)['buckets']), share: number(fields(each)['share']) };
      }),
      topBigrams: list(topBigrams, most.bigrams).map((each) => {
        return { bigram: text(fields(each)['bigram']), share: number(fields(each)['share']) };
      }),
    },
    scores: scores === null ? null : scoresOf(fields(scores)),
  };
}

function scoresOf({ tokens, perplexity, logPerplexities }: Fields): AnalysedSet['scores'] {
  const { from, binWidth, counts } = fields(logPerplexities);
  return {
    tokens: number(tokens),
    quantiles: list(fields(perplexity)['quantiles'], most.points).map((each) => {
      return { share: number(fields(each)['share']), value: number(fields(each)['value']) };
    }),
    logPerplexities: rebinned(number(from), number(binWidth), list(counts).map(number)),
  };
}

/** As many bins as a plot shows, each of the same number of those that there are. */
function rebinned(from: number, binWidth: number, counts: readonly number[]) {
  const joined = Math.max(1, Math.ceil(counts.length / most.bins));
  const sums = Array.from({ length: Math.ceil(counts.length / joined) }, (_, bin) =>
    counts.slice(bin * joined, (bin + 1) * joined).reduce((sum, count) => sum + count, 0),
  );
  return { from, binWidth: binWidth * joined, counts: sums };
}

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null) throw new TypeError('no object');
  return value as Fields;
}

function list(value: unknown, longest?: number): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError('no list');
  return value.slice(0, longest);
}

function number(value: unknown): number {
  if (typeof value !== 'number') throw new TypeError('no number');
  return value;
}

function orNull(value: unknown): number | null {
  return value === null || value === undefined ? null : number(value);
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('no text');
  return value.slice(0, most.text);
}
