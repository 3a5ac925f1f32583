import type { RecordBatch } from 'apache-arrow';
import type { Operator, Sink, Source, StageOptions } from '../operator.ts';
import type { StageReport } from './summary.ts';

/** What a stage is doing: working, waiting for its input, or held up by the next stage. */
type StageState = 'busy' | 'waiting' | 'blocked';

/** Sums up how a stage spends its time; pipelines that run at once may share one. */
export interface StageClock {
  readonly name: string;
  /** Begins one run of the stage; the function it returns says what the stage does from now on, null at its end. */
  start(): (state: StageState | null) => void;
  report(): StageReport;
  /** The report, and what is going on now. */
  snapshot(): StageReport;
}

/** A clock at zero. */
export function stageClock(name: string): StageClock {
  const spent = { busy: 0, waiting: 0, blocked: 0 };
  const running = new Set<Run>();
  return {
    name,
    start() {
      const run: Run = { state: null, since: performance.now() };
      return (next) => {
        const now = performance.now();
        if (run.state !== null) spent[run.state] += now - run.since;
        run.state = next;
        run.since = now;
        if (next === null) running.delete(run);
        else running.add(run);
      };
    },
    report: () => reportOf(name, spent),
    snapshot() {
      const now = performance.now();
      const soFar = { ...spent };
      for (const { state, since } of running) if (state !== null) soFar[state] += now - since;
      return reportOf(name, soFar);
    },
  };
}

/** One run of a stage: what it does, since when. */
interface Run {
  state: StageState | null;
  since: number;
}

function reportOf(name: string, spentMs: Readonly<Record<StageState, number>>): StageReport {
  return {
    name,
    busySeconds: spentMs.busy / 1000,
    waitingSeconds: spentMs.waiting / 1000,
    blockedSeconds: spentMs.blocked / 1000,
  };
}

/** The operator, its time measured. */
export function clockOperator(operator: Operator, clock: StageClock): Operator {
  const clocked: Operator = (source, options) => {
    const mark = clock.start();
    return marked(operator(marked(source, mark, ['waiting', 'busy']), options), mark, [
      'busy',
      'blocked',
    ]);
  };
  return Object.defineProperty(clocked, 'name', { value: operator.name });
}

/** The source, its time measured. */
export function clockSource(source: Source, clock: StageClock): Source {
  return marked(source, clock.start(), ['busy', 'blocked']);
}

/** The sink, its time measured. */
export function clockSink<Result>(sink: Sink<Result>, clock: StageClock): Sink<Result> {
  return async (source: Source, options?: StageOptions) => {
    const mark = clock.start();
    mark('busy');
    try {
      return await sink(marked(source, mark, ['waiting', 'busy']), options);
    } finally {
      mark(null);
    }
  };
}

/** Passes the batches on; marks the first state while one is fetched, the second while it is used. */
async function* marked(
  source: AsyncIterable<RecordBatch>,
  mark: (state: StageState | null) => void,
  [fetching, using]: readonly [StageState, StageState],
): AsyncGenerator<RecordBatch> {
  mark(fetching);
  try {
    for await (const batch of source) {
      mark(using);
      yield batch;
      mark(fetching);
    }
  } finally {
    mark(using === 'blocked' ? null : using);
  }
}
