import type { ThresholdComparison } from '../../src/comparison/prior-comparison.ts';
import type { Race } from '../contest/race.ts';
import { ratioCells } from '../contest/ratios.ts';
import { advantage } from '../contest/standing-costs.ts';
import { median } from '../median.ts';
import { contestantNames } from './contestants.ts';
import type { Fidelity, FidelityResults } from './fidelity.ts';
import type { QuantiseCost } from './quantise-cost.ts';

/** All that was measured. */
export interface Int8Results extends FidelityResults {
  readonly race: Race;
  /** Null where the priors were given. */
  readonly quantising: Readonly<Record<'int8' | 'fast', QuantiseCost>> | null;
}

/** What must hold, and whether it does. */
export interface Goal {
  readonly goal: string;
  /** What was found. */
  readonly found: string;
  /** Null where it was not measured. */
  readonly met: boolean | null;
}

/** The goals of this benchmark: those of its issue. */
export function goalsOf(results: Int8Results): readonly Goal[] {
  const { int8, fast, float32, bfloat16 } = contestantNames;
  const { race, sameBits } = results;
  return [
    speedGoal(race, { own: int8, other: bfloat16, times: 1.4 }),
    fidelityGoal(results.fidelities),
    speedGoal(race, { own: fast, other: bfloat16, times: 1.8 }),
    speedGoal(race, { own: int8, other: float32, times: 1.7 }),
    speedGoal(race, { own: fast, other: float32, times: 2.1 }),
    {
      goal: 'the same bits for other micro-batches',
      ...{ found: sameBits ? 'the same' : 'not the same', met: sameBits },
    },
    ...costGoals(results.quantising),
  ];
}

interface SpeedGoal {
  readonly own: string;
  readonly other: string;
  /** How many times as fast. */
  readonly times: number;
}

function speedGoal({ standings }: Race, { own, other, times }: SpeedGoal): Goal {
  const goal = `${own}: at least ${times.toFixed(1)} times ${other}`;
  const [mine, others] = [own, other].map((name) =>
    standings.find(({ tool }) => tool.name === name),
  );
  if (mine === undefined || others === undefined) return notMeasured(goal);
  const values = advantage(others, mine);
  return { goal, found: ratioCells(values)[0], met: median(values) >= times };
}

function fidelityGoal(fidelities: readonly Fidelity[]): Goal {
  const { int8, bfloat16 } = contestantNames;
  const goal = `${int8}: no more decisions changed than by ${bfloat16}`;
  const [mine, others] = [int8, bfloat16].map((name) => decisionsOf(fidelities, name));
  if (mine === undefined || others === undefined) return notMeasured(goal);
  const found = `${String(mine.flipped)} and ${String(others.flipped)}`;
  return { goal, found, met: mine.flipped <= others.flipped };
}

function decisionsOf(
  fidelities: readonly Fidelity[],
  wanted: string,
): ThresholdComparison | undefined {
  return fidelities.find(({ name }) => name === wanted)?.comparison.thresholds[0];
}

/** Of both recipes: the worse one counts. */
function costGoals(quantising: Int8Results['quantising']): readonly Goal[] {
  const goals = ['quantising in less than 3 minutes', 'quantising in less than 2 GB'] as const;
  if (quantising === null) return goals.map(notMeasured);
  const costs = Object.values(quantising);
  const seconds = Math.max(...costs.map((cost) => cost.seconds));
  const gigabytes = Math.max(...costs.map((cost) => cost.peakRssBytes)) / 1e9;
  return [
    { goal: goals[0], found: `${seconds.toFixed(0)} s`, met: seconds < 180 },
    Number.isNaN(gigabytes)
      ? notMeasured(goals[1])
      : { goal: goals[1], found: `${gigabytes.toFixed(2)} GB`, met: gigabytes < 2 },
  ];
}

function notMeasured(goal: string): Goal {
  return { goal, found: 'not measured', met: null };
}
