import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunSummary } from '../../src/metrics/summary.ts';
import { statePaths } from '../../src/run/run-paths.ts';
import { assertSameRun, type FinishedRun, finishedRun } from './finished-run.ts';
import { type KillDeck, type KillKind, killDeck } from './kill-deck.ts';
import { emptyReport, type KillReport, type KindCount } from './kill-report.ts';
import { killTargets } from './kill-target.ts';
import { type KilledCommand, requireEvents, writeInput } from './killed-command.ts';
import { rowsInVain } from './rows-in-vain.ts';
import { seededRandom } from './seeded-random.ts';
import { type RunPlace, startRun, summaryOf } from './start-run.ts';
import type { EndedToedit } from './start-toedit.ts';

/** Options of {@link killRuns}. */
export interface KillRunsOptions {
  /** @defaultValue 'edit' */
  readonly command?: KilledCommand | undefined;
  /** Kills to be reached, at least. */
  readonly kills: number;
  /** Whether each target is hit once at least, however few kills are asked for. @defaultValue true */
  readonly allTargets?: boolean | undefined;
  readonly seed: number;
  /** An empty directory. */
  readonly directory: string;
  /** Runs that are under way at once. @defaultValue 1 */
  readonly jobs?: number | undefined;
  readonly onRun?: (report: KillReport) => void;
}

/** The most rows of a kill, with two files in flight: a record batch of each, being scored or on its way to the journal. */
export const repeatedRowsBound: number = 2 * 512;

/**
 * Runs one command over and over, killing it, until it came to its end in spite of that; then again, in an empty output
 * directory, until there are kills enough. Each end is compared with that of a run that nobody disturbed.
 *
 * @throws AssertionError where anything differs, or a kill made more rows be repeated than the bound.
 */
export async function killRuns(options: KillRunsOptions): Promise<KillReport> {
  const started = performance.now();
  const { command = 'edit', allTargets = true, directory, seed, jobs = 1 } = options;
  const input = await writeInput(command, directory);
  const place = (output: string): RunPlace => ({
    ...{ command, input },
    output: join(directory, output),
    temporary: join(directory, 'temporary'),
  });
  await mkdir(join(directory, 'temporary'));
  const { undisturbed, report } = await undisturbedRun(place('undisturbed'), seed);
  const random = seededRandom(seed);
  const longest = (report.undisturbed.seconds + 0.5) * jobs;
  const killing: Killing = { random, deck: killDeck(random), report, longest };
  let begun = 0;
  const work = async (): Promise<void> => {
    while (report.kills < options.kills || (allTargets && !isEachHit(report))) {
      const at = place(`killed-${String(begun++)}`);
      const summary = await runInSpite(at, killing);
      const run = await finishedRun(at.output, summary);
      assertSameRun(run, undisturbed);
      await rm(at.output, { recursive: true, maxRetries: 3 });
      report.runs++;
      report.reportedRows += summary.resumed.repeatedRows;
      report.comparedFiles += Object.keys(run.remains.files).length;
      report.seconds = (performance.now() - started) / 1000;
      options.onRun?.(report);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return report;
}

interface Killing {
  readonly random: () => number;
  readonly deck: KillDeck;
  readonly report: KillReport;
  /** Seconds that a run may take: a random time is before that. */
  readonly longest: number;
}

async function undisturbedRun(
  place: RunPlace,
  seed: number,
): Promise<{ undisturbed: FinishedRun; report: KillReport }> {
  const summary = summaryOf(await startRun(place, { filesInFlight: 2 }).ended);
  const undisturbed = await finishedRun(place.output, summary);
  requireEvents(place.command, summary);
  const { seconds, rows, tokens, changed, deadLetters } = summary;
  const files = Object.keys(undisturbed.remains.files).length;
  const facts = { seconds, files, rows, tokens, changed, deadLetters };
  return { undisturbed, report: emptyReport(seed, facts) };
}

function isEachHit({ kinds }: KillReport): boolean {
  return killTargets.every(({ name }) => (kinds[name]?.hit ?? 0) > 0);
}

/** One run, from nothing to its end, with a random number of kills. */
async function runInSpite(place: RunPlace, killing: Killing): Promise<RunSummary> {
  const { random, deck, report } = killing;
  const filesInFlight = 1 + Math.floor(random() * 2);
  const kills = 4 + Math.floor(random() * 11);
  for (let i = 0; i < kills; i++) {
    if (i > 0) report.resumes++;
    const kind = deck.next(!existsSync(statePaths(place.output).manifest));
    const ended = await runAndKill(place, { kind, filesInFlight }, killing);
    if (!ended.isKilled) return summaryOf(ended);
  }
  report.resumes++;
  return summaryOf(await startRun(place, { filesInFlight }).ended);
}

interface Attempt {
  readonly kind: KillKind;
  readonly filesInFlight: number;
}

/**
 * Runs a process that is to be killed; at times another beside it, which is not.
 *
 * @returns how the last of them ended.
 */
async function runAndKill(
  place: RunPlace,
  attempt: Attempt,
  killing: Killing,
): Promise<EndedToedit> {
  const { random, deck, report } = killing;
  const count = countOf(attempt.kind, report);
  const companion = random() < pairShare ? startRun(place, attempt) : null;
  const victim = startVictim(place, attempt, { ...killing, count });
  const ended = await victim.ended;
  const rows = ended.isKilled ? await rowsInVain(place.output, victim.pid) : 0;
  const last = companion === null ? ended : await companion.ended;
  count.tried++;
  if (!ended.isKilled) {
    deck.again(attempt.kind);
    return last;
  }
  count.hit++;
  report.kills++;
  if (companion !== null) report.pairs++;
  noteRows(rows, attempt.kind, report);
  return last;
}

const pairShare = 0.1;

type Counts = Pick<Killing, 'random' | 'longest'> & { readonly count: KindCount };

function startVictim(
  place: RunPlace,
  { kind, filesInFlight }: Attempt,
  { random, count, longest }: Counts,
): ReturnType<typeof startRun> {
  if (kind === 'random') {
    const victim = startRun(place, { filesInFlight });
    const timer = setTimeout(victim.kill, random() * longest * 1000);
    void victim.ended.then(() => clearTimeout(timer));
    return victim;
  }
  const { operation, path, moment, times, from = 1 } = kind;
  // One that was missed is tried as early as it can be met.
  const isMissed = count.tried > count.hit;
  const nth = isMissed ? from : from + Math.floor(random() * (times - from + 1));
  return startRun(place, { filesInFlight, target: { operation, path, moment, nth } });
}

function countOf(kind: KillKind, { kinds }: KillReport): KindCount {
  const name = kind === 'random' ? 'random time' : kind.name;
  const count = kinds[name] ?? { tried: 0, hit: 0 };
  kinds[name] = count;
  return count;
}

function noteRows(rows: number, kind: KillKind, report: KillReport): void {
  report.repeatedRows += rows;
  report.mostRepeatedRows = Math.max(report.mostRepeatedRows, rows);
  if (rows <= repeatedRowsBound) return;
  const name = kind === 'random' ? 'at a random time' : kind.name;
  throw new Error(`a kill ${name} makes ${String(rows)} rows be repeated`);
}
