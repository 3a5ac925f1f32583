import type { LimitFunction } from 'p-limit';
import type { MicroBatchReport } from '../operators/score-tokens.ts';
import type { Batching } from '../src/inference/batching.ts';
import type { MicroBatchBudget } from '../src/inference/micro-batch-budget.ts';
import type { Excerpt } from '../src/metrics/summary.ts';
import type { RunTotals } from '../src/metrics/totals.ts';
import type { Prior } from '../src/model/load-prior.ts';
import type { Operator } from '../src/operator.ts';

/** A named part of the walk; record batches are read ahead behind each stage. */
export interface Stage {
  readonly name: string;
  readonly operator: Operator;
}

/** What the stages need to know of the unit they work on. */
export interface StageContext {
  readonly prior: Prior;
  /** What messages and reports call the input. */
  readonly file: string;
  /** Row of the input that the stages see first: the rows before it were done earlier. */
  readonly firstRow: number;
  readonly totals: RunTotals;
  readonly excerpts: Excerpt[];
  /** Ends the stream before the next record batch is scored. */
  readonly stop: AbortSignal | undefined;
  /** Told, before a record batch is scored, how many rows it brings. */
  readonly onBegin: (rows: number) => void;
  readonly onMicroBatch: (report: MicroBatchReport) => void;
  /** Told when the device has refused a micro-batch. */
  readonly onHalved: () => void;
  readonly batching: Batching;
  /** What the device has refused so far: units of a run learn from one another. */
  readonly budget: MicroBatchBudget;
  /** Turns at the engines: the next unit's batch is begun when they have all of the last one's, so that a kill loses little. */
  readonly turns: LimitFunction;
}

/** The stages between reading and writing one unit, in order. */
export type UnitStages = (context: StageContext) => readonly Stage[];
