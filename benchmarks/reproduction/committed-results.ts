import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readEvidence } from '../training/evidence.ts';
import type { NgramResults } from './ngram-claims.ts';
import type { CommittedResults } from './page.ts';
import type { TheoryResults } from './theory-claims.ts';

/** Reads the results of all benchmarks that the page is made of, from the folder of benchmarks. */
export function committedResults(benchmarks: string): CommittedResults {
  return {
    training: readEvidence(join(benchmarks, 'training')),
    theory: readJson(join(benchmarks, 'theory/results.json')) as TheoryResults | null,
    ngrams: readJson(join(benchmarks, 'generations/results.json')) as NgramResults | null,
  };
}

function readJson(path: string): unknown {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null;
}
