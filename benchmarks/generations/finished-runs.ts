import { existsSync, readFileSync } from 'node:fs';
import type { GenerationResults, SeedRun } from './generation-results.ts';

/** What runs have in common that can stand on one page. */
export interface WantedRuns {
  readonly facts: Omit<GenerationResults, 'machine' | 'seconds' | 'runs'>;
  /** Documents of generation 0. */
  readonly documents: number;
  readonly generations: number;
  /** Their names, in order. */
  readonly arms: readonly string[];
}

/** The seeds that a file of results has of what is wanted, and the seconds that all of the file took; none where it is of something else. */
export function finishedRuns(
  path: string,
  wanted: WantedRuns,
): { readonly runs: readonly SeedRun[]; readonly seconds: number } {
  if (!existsSync(path)) return { runs: [], seconds: 0 };
  const results = JSON.parse(readFileSync(path, 'utf8')) as GenerationResults;
  const isOfIt = Object.entries(wanted.facts).every(
    ([name, value]) => results[name as keyof WantedRuns['facts']] === value,
  );
  const runs = isOfIt ? results.runs.filter((run) => isWanted(run, wanted)) : [];
  return { runs, seconds: runs.length === 0 ? 0 : results.seconds };
}

function isWanted({ arms }: SeedRun, wanted: WantedRuns): boolean {
  const names = arms.map(({ arm }) => arm.name);
  return (
    names.length === wanted.arms.length &&
    names.every((name, at) => name === wanted.arms[at]) &&
    arms.every(({ generations }) => generations.length === wanted.generations + 1) &&
    arms[0]?.generations[0]?.documents === wanted.documents
  );
}
