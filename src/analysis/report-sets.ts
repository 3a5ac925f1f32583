import { ToeditError } from '../errors.ts';
import type { AnalysisReport, GroupAnalysis, SetAnalysis } from './analysis-report.ts';
import { jensenShannon } from './features/bucket-measures.ts';
import { compareParts, measurePart, type NamedState } from './measure-part.ts';
import {
  type GroupedStates,
  mergeGroups,
  mergePart,
  newPart,
  type PartState,
} from './part-state.ts';

/** What is known of a corpus. */
export interface SetStates {
  readonly name: string;
  files: number;
  readonly groups: GroupedStates;
}

/** A corpus of which nothing is known yet. */
export function newSetStates(name: string): SetStates {
  return { name, files: 0, groups: new Map() };
}

/** Groups at most: more would not fit into memory, and nobody would read them. */
export const mostGroups = 100;

/**
 * Adds a file of the corpus.
 *
 * @throws ToeditError `BAD_OPTION` where there are too many groups.
 */
export function addFile(set: SetStates, groups: GroupedStates): void {
  set.files++;
  mergeGroups(set.groups, groups);
  if (set.groups.size > mostGroups) throw tooManyGroups();
}

/** The column that texts are grouped by has too many values. */
export function tooManyGroups(): ToeditError {
  const message = `the column to group by has over ${String(mostGroups)} values: group by one of fewer`;
  return new ToeditError('BAD_OPTION', message);
}

/** What is known of an analysis beside its states. */
export type AnalysisFacts = Pick<AnalysisReport, 'definition' | 'failed' | 'pending'>;

/** The measures of corpora, and how they differ from the one named human, else from the first. */
export function reportOf(sets: readonly SetStates[], facts: AnalysisFacts): AnalysisReport {
  const { definition, failed, pending } = facts;
  const named = sets.map(({ name, groups }) => ({ name, state: wholeOf(groups) }));
  const reference = named.find(({ name }) => name === 'human') ?? named[0];
  const others = named.filter((each) => each !== reference);
  return {
    definition,
    sets: sets.map((set, index) => analysisOf(set, named[index]?.state ?? newPart())),
    reference: reference?.name ?? '',
    comparisons: reference === undefined ? [] : comparisonsOf(others, reference),
    ...{ failed, pending },
  };
}

function comparisonsOf(
  others: readonly NamedState[],
  reference: NamedState,
): AnalysisReport['comparisons'] {
  return others.map((each) => compareParts(each, reference));
}

/** Of one group of all texts that state itself. */
function wholeOf(groups: GroupedStates): PartState {
  const alone = groups.get(undefined);
  if (alone !== undefined && groups.size === 1) return alone;
  const whole = newPart();
  for (const [, part] of sorted(groups)) mergePart(whole, part);
  return whole;
}

function analysisOf({ name, files, groups }: SetStates, whole: PartState): SetAnalysis {
  const parts: GroupAnalysis[] = sorted(groups).flatMap(([group, part]) => {
    if (group === undefined) return [];
    const distance = jensenShannon(part.features.buckets, whole.features.buckets);
    const toWhole = Number.isFinite(distance) ? distance : null;
    return [{ group, ...measurePart(part), jensenShannon: toWhole }];
  });
  return { name, files, ...measurePart(whole), groups: parts };
}

/** By UTF-16 units, nulls last: the same for every locale. */
function sorted(
  groups: GroupedStates,
): readonly (readonly [string | null | undefined, PartState])[] {
  return [...groups].toSorted(([one], [other]) => {
    if (typeof one !== 'string' || typeof other !== 'string')
      return typeof one === 'string' ? -1 : 1;
    return one < other ? -1 : 1;
  });
}
