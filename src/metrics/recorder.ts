import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Progress } from './progress.ts';
import { type StageClock, stageClock } from './stage-clock.ts';
import type { Excerpt, RunSummary, StageReport } from './summary.ts';
import { addTotals, emptyTotals, probabilityBins, type RunTotals } from './totals.ts';

/** The name of the stage in which the device works. */
export const scoreStage = 'score';

/** What the recorder cannot know of a run. */
export type RunFacts = Pick<
  RunSummary,
  | 'command'
  | 'version'
  | 'prior'
  | 'inference'
  | 'options'
  | 'files'
  | 'tasks'
  | 'interrupted'
  | 'deadLetters'
> & {
  /** What all files that are done have counted, whichever process worked on them. The rest, the recorder adds. */
  readonly totals: RunTotals;
};

/** What one file adds to a run. */
export interface FileRecord {
  /** What this process counts. */
  readonly totals: RunTotals;
  /** Notes rows that an earlier process had done, and rows that it had begun, which are done again. */
  resume(earlier: { readonly rows: number; readonly repeatedRows: number }): void;
  /** Notes what is committed of a file that the run left before its end, whichever process computed it. */
  leave(committed: RunTotals): void;
  /** Ends the record. */
  end(): void;
}

/** What a process has done, at one moment of its run. */
export interface RecorderSnapshot {
  /** Tokens scored. */
  readonly tokens: number;
  readonly stages: readonly StageReport[];
}

/** Notes what happens in a run, from its start to its summary. */
export interface RunRecorder {
  readonly excerpts: Excerpt[];
  beginFile(): FileRecord;
  /** The clock of a stage; files that are worked on at once share it. */
  clock(stage: string): StageClock;
  /** How far the run is, by what is known of its files. */
  progress(files: Omit<Progress, 'tokens' | 'tokensPerSecond' | 'secondsElapsed'>): Progress;
  /** What this process has done so far. */
  snapshot(): RecorderSnapshot;
  /** Ends the recording. */
  finish(facts: RunFacts): RunSummary;
}

/**
 * Begins a recording.
 *
 * @param engines - how many the scoring stage has
 */
export function runRecorder(engines = 1): RunRecorder {
  const started = performance.now();
  const secondsElapsed = (): number => (performance.now() - started) / 1000;
  const loopDelay = monitorEventLoopDelay({ resolution: loopResolutionMs });
  loopDelay.enable();
  const counts = runCounts(engines);
  const excerpts: Excerpt[] = [];
  const clocks = new Map<string, StageClock>();
  const stagesBy = (kind: 'report' | 'snapshot'): readonly StageReport[] =>
    [...clocks.values()].map((clock) => withDevice(clock[kind](), counts.busySeconds()));
  let scoringSince: number | undefined;
  return {
    excerpts,
    beginFile: () => counts.beginFile(),
    clock(stage) {
      const clock = clocks.get(stage) ?? stageClock(stage);
      clocks.set(stage, clock);
      return clock;
    },
    progress(files) {
      const tokens = counts.deviceTokens();
      const seconds = secondsElapsed();
      scoringSince ??= seconds;
      const tokensPerSecond = tokens / Math.max(seconds - scoringSince, 1e-9);
      return { ...files, tokens, tokensPerSecond, secondsElapsed: seconds };
    },
    snapshot: () => ({ tokens: counts.deviceTokens(), stages: stagesBy('snapshot') }),
    finish({ totals, ...facts }) {
      loopDelay.disable();
      const { ended } = counts;
      const stages = stagesBy('report');
      return {
        ...facts,
        ...counts.withUnfinished(totals),
        seconds: secondsElapsed(),
        resumed: counts.resumed,
        tokensHere: ended.tokens,
        paddedTokens: ended.paddedTokens,
        halvedMicroBatches: ended.halvedMicroBatches,
        tokensPerSecond: ended.tokens / Math.max(secondsElapsed(), 1e-9),
        stages,
        bottleneck: busiest(stages),
        maxLoopDelayMs: Math.max(0, loopDelay.max / 1e6 - loopResolutionMs),
        peakRssBytes: process.resourceUsage().maxRSS * 1024,
        ...(excerpts.length > 0 ? { excerpts } : {}),
      };
    },
  };
}

/** What this process has counted of files that have ended, and of those in flight. */
function runCounts(engines: number) {
  const ended = emptyTotals();
  const left = emptyTotals();
  const open = new Set<RunTotals>();
  const resumed = { rows: 0, repeatedRows: 0 };
  const sumOf = (count: 'deviceTokens' | 'deviceBusyMs'): number =>
    [...open].reduce((sum, totals) => sum + totals[count], ended[count]);
  return {
    ended,
    resumed,
    withUnfinished(done: RunTotals) {
      const whole = emptyTotals();
      for (const totals of [done, left]) addTotals(whole, totals);
      return { ...countsOf(whole), unfinishedRows: left.rows };
    },
    deviceTokens: (): number => sumOf('deviceTokens'),
    /** Of each engine, on average. */
    busySeconds: (): number => sumOf('deviceBusyMs') / 1000 / engines,
    beginFile(): FileRecord {
      const totals = emptyTotals();
      open.add(totals);
      return {
        totals,
        resume({ rows, repeatedRows }) {
          resumed.rows += rows;
          resumed.repeatedRows += repeatedRows;
        },
        leave: (committed) => addTotals(left, committed),
        end() {
          if (open.delete(totals)) addTotals(ended, totals);
        },
      };
    },
  };
}

const loopResolutionMs = 5;

function countsOf(totals: RunTotals) {
  const { rows, textBytes, tokens, omittedLogprobs, passed, scoredTokens, surprise } = totals;
  const hasMean = omittedLogprobs === 0 && scoredTokens > 0;
  const { eligible, drawn, changed, deleted, refused_utf8, refused_special } = totals.edits;
  return {
    ...{ rows, textBytes, tokens, omittedLogprobs, passed },
    scoredTokens: scoredTokens + omittedLogprobs,
    meanLogprob: hasMean ? -surprise / scoredTokens : null,
    ...{ eligible, drawn, changed, deleted },
    refused: { utf8: refused_utf8, special: refused_special },
    probabilityBins,
    probabilityHistogram: omittedLogprobs === 0 ? totals.probabilityHistogram : null,
    smallestMargin: Number.isFinite(totals.smallestMargin) ? totals.smallestMargin : null,
  };
}

/** The scoring stage is busy while the engines are: files that wait for them at once do not add up. */
function withDevice(stage: StageReport, busySeconds: number): StageReport {
  if (stage.name !== scoreStage) return stage;
  const idle = stage.busySeconds - busySeconds;
  return { ...stage, busySeconds, waitingSeconds: stage.waitingSeconds + Math.max(0, idle) };
}

function busiest(stages: readonly StageReport[]): string {
  const [first] = stages.toSorted((a, b) => b.busySeconds - a.busySeconds);
  return first?.name ?? '';
}
