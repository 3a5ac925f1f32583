import { type FeatureState, mergeFeatures, newFeatureState } from './features/feature-state.ts';
import { mergeScores, newScoreState, type ScoreState } from './scores/score-state.ts';

/** What the measures of some texts are computed from. */
export interface PartState {
  rows: number;
  /** Rows without a text that can be read. */
  passed: number;
  readonly features: FeatureState;
  /** Null where the texts were not scored. */
  scores: ScoreState | null;
}

/** States by the value of a column, null where rows are; of all texts under undefined where no column was asked for. */
export type GroupedStates = Map<string | null | undefined, PartState>;

/** The state of no text. */
export function newPart(): PartState {
  return { rows: 0, passed: 0, features: newFeatureState(), scores: null };
}

/** Adds the state of other texts. */
export function mergePart(into: PartState, from: PartState): void {
  into.rows += from.rows;
  into.passed += from.passed;
  mergeFeatures(into.features, from.features);
  if (from.scores === null) return;
  into.scores ??= newScoreState();
  mergeScores(into.scores, from.scores);
}

/** Adds the states of other texts, group by group. */
export function mergeGroups(into: GroupedStates, from: GroupedStates): void {
  for (const [group, part] of from) {
    const known = into.get(group) ?? newPart();
    into.set(group, known);
    mergePart(known, part);
  }
}
