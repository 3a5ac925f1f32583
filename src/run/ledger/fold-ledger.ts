import type { InputFacts, Task } from '../manifest/manifest.ts';
import { type LedgerEntry, type OutputReport, removedCode } from './ledger.ts';

/** How a task stands by the ledgers of all workers. */
export interface TaskState {
  readonly status: LedgerEntry['status'];
  /** From 0. */
  readonly attempt: number;
  /** Of a failed task: whether a later run tries it again by itself. */
  readonly retryable: boolean;
  /** What the input is taken for, where that is not what was planned; null where it is. */
  readonly input: InputFacts | null;
  /** The last report of each output file, in the order in which they were first reported. */
  readonly outputs: readonly OutputReport[];
}

/** The state of a task of which no ledger says anything. */
export const untouchedTask: TaskState = {
  status: 'pending',
  attempt: 0,
  retryable: false,
  input: null,
  outputs: [],
};

/** The task with its input as the ledgers have it: as it was planned, or as `toedit retry` has taken it since. */
export function asTaken(task: Task, { input }: Pick<TaskState, 'input'>): Task {
  return input === null ? task : { ...task, ...input };
}

/** True of a task whose input was removed after it had failed: it is left out. */
export function isRemoved({ outputs }: Pick<TaskState, 'outputs'>): boolean {
  return outputs.some(({ error }) => error?.code === removedCode);
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
 * a failure is retryable where all that it met are. Of an output file, the report of the highest attempt counts; but an attempt
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
  /** By the output file's input. */
  readonly outputs: Map<string, PlacedReport>;
}

interface PlacedReport {
  readonly attempt: number;
  readonly report: OutputReport;
}

function firstState(entry: LedgerEntry): MutableState {
  const { status, attempt, retryable } = entry;
  const outputs = new Map<string, PlacedReport>();
  const state: MutableState = { status, attempt, retryable, begins: 0, input: null, outputs };
  begin(state, entry);
  addReports(state, entry);
  return state;
}

function addTo(state: MutableState, entry: LedgerEntry): void {
  begin(state, entry);
  addReports(state, entry);
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

function addReports(state: MutableState, { attempt, outputs }: LedgerEntry): void {
  for (const report of outputs) {
    const known = state.outputs.get(report.input);
    if (known === undefined || isLater({ attempt, report }, known)) {
      state.outputs.set(report.input, { attempt, report });
    }
  }
}

function isLater(placed: PlacedReport, known: PlacedReport): boolean {
  if (placed.attempt !== known.attempt) return placed.attempt > known.attempt;
  return rankOf[placed.report.status] > rankOf[known.report.status];
}

const rankOf = { skipped: 0, failed: 1, done: 2 } as const;

function frozen({ outputs, begins, ...state }: MutableState): TaskState {
  const counted = [...outputs.values()].filter((placed) => placed.attempt >= begins);
  return { ...state, outputs: counted.map(({ report }) => report) };
}
