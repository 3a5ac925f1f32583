import type { InputFacts, Task } from '../manifest/manifest.ts';
import { type LedgerEntry, removedCode, type UnitReport } from './ledger.ts';

/** How a task stands by the ledgers of all workers. */
export interface TaskState {
  readonly status: LedgerEntry['status'];
  /** From 0. */
  readonly attempt: number;
  /** Of a failed task: whether a later run tries it again by itself. */
  readonly retryable: boolean;
  /** What the input is taken for, where that is not what was planned; null where it is. */
  readonly input: InputFacts | null;
  /** The last report of each unit, in the order in which they were first reported. */
  readonly units: readonly UnitReport[];
}

/** The state of a task of which no ledger says anything. */
export const untouchedTask: TaskState = {
  status: 'pending',
  attempt: 0,
  retryable: false,
  input: null,
  units: [],
};

/** The task with its input as the ledgers have it: as it was planned, or as `toedit retry` has taken it since. */
export function asTaken(task: Task, { input }: Pick<TaskState, 'input'>): Task {
  return input === null ? task : { ...task, ...input };
}

/** True of a task whose input was removed after it had failed: it is left out. */
export function isRemoved({ units }: Pick<TaskState, 'units'>): boolean {
  return units.some(({ error }) => error?.code === removedCode);
}

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
 * that a `pending` entry begins knows of former ones what that entry holds, and nothing else; its input is what that entry
 * says, or what was planned.
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
  /** What that attempt takes its input for; of two that began it at once, either, but the same for all who read. */
  input: InputFacts | null;
  /** By the unit's input. */
  readonly units: Map<string, PlacedReport>;
}

interface PlacedReport {
  readonly attempt: number;
  readonly unit: UnitReport;
}

function firstState(entry: LedgerEntry): MutableState {
  const { status, attempt, retryable } = entry;
  const units = new Map<string, PlacedReport>();
  const state: MutableState = { status, attempt, retryable, begins: 0, input: null, units };
  begin(state, entry);
  addUnits(state, entry);
  return state;
}

function addTo(state: MutableState, entry: LedgerEntry): void {
  begin(state, entry);
  addUnits(state, entry);
  const { status, attempt, retryable } = entry;
  if (attempt < state.attempt) return;
  const rank = attempt > state.attempt ? 1 : statusRank[status] - statusRank[state.status];
  if (rank > 0) Object.assign(state, { status, attempt, retryable });
  else if (rank === 0) state.retryable &&= retryable;
}

const statusRank = { pending: 0, running: 1, failed: 2, done: 3 } as const;

function begin(state: MutableState, { status, attempt, input }: LedgerEntry): void {
  if (status !== 'pending' || attempt < state.begins) return;
  const taken = input ?? null;
  const isTie = attempt === state.begins && orderOf(state.input) > orderOf(taken);
  if (!isTie) state.input = taken;
  state.begins = attempt;
}

function orderOf(input: InputFacts | null): string {
  return input === null ? '' : JSON.stringify(input);
}

function addUnits(state: MutableState, { attempt, units }: LedgerEntry): void {
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

function frozen({ units, begins, ...state }: MutableState): TaskState {
  const counted = [...units.values()].filter((report) => report.attempt >= begins);
  return { ...state, units: counted.map(({ unit }) => unit) };
}
