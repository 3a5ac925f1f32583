import type { AnalysisReport } from '../../../src/analysis/analysis-report.ts';
import type { Corpora } from './corpora.ts';
import { type Document, type Lab, textsOf, toedit, writeDocuments } from './lab.ts';

const mostSamples = 9;
const wordsOfSample = 25_000;
/** No more of a passage is read: continuations are shorter than human passages, and have a subject each. */
const mostWords = 150;
/** SmolLM2 drew these from the whole nucleus, later ones from its 256 likeliest tokens. */
const otherwiseDrawn = 512;

/** The unigrams of `toedit analyse`: words, and runs of what is neither word nor space. */
const unigram = /[\p{L}\p{N}_]+|[^\p{L}\p{N}_\s]+/gu;

/**
 * Measures how full the buckets of DSIR's n-grams are of samples of as many words of the beginnings of human and of synthetic passages,
 * which follow each other in random order: no two samples share one. Scale 8 has passages for all samples.
 */
export async function buckets(lab: Lab, corpora: Corpora): Promise<void> {
  measureBuckets(lab, 'human', textsOf(await corpora.human()));
  measureBuckets(lab, 'synthetic', textsOf(await corpora.synthetic()).slice(otherwiseDrawn));
}

function measureBuckets(lab: Lab, name: string, all: readonly string[]): void {
  const label = `buckets: ${name}`;
  if (lab.facts(label) !== undefined) return;
  const texts = all[Symbol.iterator]();
  const facts: Record<string, number> = {};
  let samples = 0;
  for (let sample = sampleOf(texts); sample !== null; sample = sampleOf(texts)) {
    const path = lab.at(`buckets/${name}-${samples}.jsonl`);
    writeDocuments(path, sample);
    const { sets } = toedit('analyse', path) as AnalysisReport;
    const { unigrams, entropy, topMass } = sets[0]?.features ?? {};
    // What is a space to Python and not to JavaScript parts a word or two of a corpus.
    const isOfSize = Math.abs((unigrams ?? 0) - wordsOfSample) < wordsOfSample / 1000;
    if (!isOfSize) throw new Error(`${path} has ${String(unigrams)} words`);
    facts[`entropy ${samples}`] = entropy ?? Number.NaN;
    facts[`topMass ${samples}`] = topMass ?? Number.NaN;
    if (++samples === mostSamples) break;
  }
  lab.note(label, { samples, words: wordsOfSample, ...facts });
}

/** The next texts with the words of a sample, the last one cut; null where too few are left. */
function sampleOf(texts: Iterator<string, undefined>): readonly Document[] | null {
  const documents: Document[] = [];
  for (let left = wordsOfSample; left > 0; ) {
    const text = texts.next().value;
    if (text === undefined) return null;
    const words = [...text.matchAll(unigram)].slice(0, Math.min(left, mostWords));
    const last = words.at(-1);
    if (last === undefined) continue;
    const end = last.index + last[0].length;
    documents.push({ id: String(documents.length), text: text.slice(0, end) });
    left -= words.length;
  }
  return documents;
}
