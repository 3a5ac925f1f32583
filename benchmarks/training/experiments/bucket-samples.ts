import type { AnalysisReport } from '../../../src/analysis/analysis-report.ts';
import type { Corpora } from './corpora.ts';
import { type Document, type Lab, textsOf, toedit, writeDocuments } from './lab.ts';

const samples = 12;
const wordsOfSample = 25_000;

/** The unigrams of `toedit analyse`: words, and runs of what is neither word nor space. */
const unigram = /[\p{L}\p{N}_]+|[^\p{L}\p{N}_\s]+/gu;

/**
 * Measures how full the buckets of DSIR's n-grams are of samples of as many words of human and of synthetic passages, which follow each
 * other in random order: no two samples share one. Scale 8 has passages enough.
 */
export async function buckets(lab: Lab, corpora: Corpora): Promise<void> {
  measureBuckets(lab, 'human', await corpora.human());
  measureBuckets(lab, 'synthetic', await corpora.synthetic());
}

function measureBuckets(lab: Lab, name: string, corpus: string): void {
  const label = `buckets: ${name}`;
  if (lab.facts(label) !== undefined) return;
  const texts = textsOf(corpus)[Symbol.iterator]();
  const facts: Record<string, number> = {};
  for (let sample = 0; sample < samples; sample++) {
    const path = lab.at(`buckets/${name}-${sample}.jsonl`);
    writeDocuments(path, sampleOf(texts));
    const { sets } = toedit('analyse', path) as AnalysisReport;
    const { unigrams, entropy, topMass } = sets[0]?.features ?? {};
    if (unigrams !== wordsOfSample) throw new Error(`${path} has ${String(unigrams)} words`);
    facts[`entropy ${sample}`] = entropy ?? Number.NaN;
    facts[`topMass ${sample}`] = topMass ?? Number.NaN;
  }
  lab.note(label, { samples, words: wordsOfSample, ...facts });
}

/** The next texts with the words of a sample; the last one is cut. */
function sampleOf(texts: Iterator<string, undefined>): readonly Document[] {
  const documents: Document[] = [];
  for (let left = wordsOfSample; left > 0; ) {
    const text = texts.next().value;
    if (text === undefined) throw new RangeError('the corpus has too few words for all samples');
    const words = [...text.matchAll(unigram)].slice(0, left);
    const last = words.at(-1);
    if (last === undefined) continue;
    const end = last.index + last[0].length;
    documents.push({ id: String(documents.length), text: text.slice(0, end) });
    left -= words.length;
  }
  return documents;
}
