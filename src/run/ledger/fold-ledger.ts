import type { LedgerEntry, UnitReport } from './ledger-entry.ts';

/** How a task stands by the ledgers of all workers. */
export interface TaskState {
  readonly status: LedgerEntry['status'];
  /** From 0. */
  readonly attempt: number;
  /** Of a failed task: whether a later run tries it again by itself. */
  readonly retryable: boolean;
  /** The last report of each unit, in the order in which they were first reported. */
  readonly units: readonly UnitReport[];
}

/** The state of a task of which no ledger says anything. */
export const untouchedTask: TaskState = {
  status: 'pending',
  attempt: 0,
  retryable: false,
  units: [],
};

/** Brings the entries of all ledgers, in any order, to a state a task. */
export interface LedgerFold {
  add(entry: LedgerEntry): void;
  stateOf(task: number): TaskState;
  /** By the task's index; {@link untouchedTask} is not there. */
  states(): ReadonlyMap<number, TaskState>;
}

/**
 * Of a task, the entries of the highest attempt count: done before failed, failed before running, running before pending;
 * a failure is retryable where all that it met are. Of a unit, the report of the highest attempt counts; but an attempt
 * that a `pending` entry begins knows of former ones what that entry holds, and nothing else.
 */
export function ledgerFold(): LedgerFold {
  const tasks = new Map<number, MutableState>();
  return {
    add(entry) {
      const known = tasks.get(entry.task);
      if (known === undefined) tasks.set(entry.task, firstState(entry));
      else addTo(known, entry);
    },
    stateOf(task) {
      const state = tasks.get(task);
      return state === undefined ? untouchedTask : frozen(state);
    },
    states: () => new Map([...tasks].map(([task, state]) => [task, frozen(state)])),
  };
}

interface MutableState {
  status: LedgerEntry['status'];
  attempt: number;
  retryable: boolean;
  /** The attempt that knows nothing of former ones. */
  begins: number;
  /** By the unit's input. */
  readonly units: Map<string, PlacedReport>;
}

interface PlacedReport {
  readonly attempt: number;
  readonly unit: UnitReport;
}

function firstState(entry: LedgerEntry): MutableState {
  const { status, attempt, retryable } = entry;
  const state = { status, attempt, retryable, begins: 0, units: new Map<string, PlacedReport>() };
  addUnits(state, entry);
  return state;
}

function addTo(state: MutableState, entry: LedgerEntry): void {
  addUnits(state, entry);
  const { status, attempt, retryable } = entry;
  if (attempt < state.attempt) return;
  const rank = attempt > state.attempt ? 1 : statusRank[status] - statusRank[state.status];
  if (rank > 0) Object.assign(state, { status, attempt, retryable });
  else if (rank === 0) state.retryable &&= retryable;
}

const statusRank = { pending: 0, running: 1, failed: 2, done: 3 } as const;

function addUnits(state: MutableState, { status, attempt, units }: LedgerEntry): void {
  if (status === 'pending') state.begins = Math.max(state.begins, attempt);
  for (const unit of units) {
    const known = state.units.get(unit.input);
    if (known === undefined || isLater({ attempt, unit }, known)) {
      state.units.set(unit.input, { attempt, unit });
    }
  }
}

function isLater(report: PlacedReport, known: PlacedReport): boolean {
  if (report.attempt !== known.attempt) return report.attempt > known.attempt;
  return unitRank[report.unit.status] > unitRank[known.unit.status];
}

const unitRank = { skipped: 0, failed: 1, done: 2 } as const;

function frozen({ status, attempt, retryable, begins, units }: MutableState): TaskState {
  const counted = [...units.values()].filter((report) => report.attempt >= begins);
  return { status, attempt, retryable, units: counted.map(({ unit }) => unit) };
}
