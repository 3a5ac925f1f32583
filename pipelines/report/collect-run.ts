import { basename, relative, sep } from 'node:path';
import { writtenRowsOf } from '../../src/metrics/summary.ts';
import type { SweepReport, SweepRow } from '../../src/metrics/sweep-report.ts';
import { addTotals, emptyTotals, type RunTotals, tenBins } from '../../src/metrics/totals.ts';
import { strongest } from '../../src/report/page/findings.ts';
import type {
  BadFile,
  FileCounts,
  HistogramData,
  Problems,
  RunCounts,
  RunData,
} from '../../src/report/page/report-data.ts';
import { describeRule } from '../../src/report/render-summary.ts';
import { asTaken, untouchedTask } from '../../src/run/ledger/fold-ledger.ts';
import { type OutputReport, removedCode } from '../../src/run/ledger/ledger.ts';
import { readLedgers } from '../../src/run/ledger/read-ledgers.ts';
import type { Manifest } from '../../src/run/manifest/manifest.ts';
import { readManifest } from '../../src/run/manifest/read-manifest.ts';
import { readMetrics } from '../../src/run/read-metrics.ts';
import { type RunPaths, runPaths, statePaths } from '../../src/run/run-paths.ts';
import { collectPassages } from './collect-passages.ts';
import { type CollectOptions, sweepOfRun } from './sweep-of-run.ts';

/** Names and messages are cut at this many characters, and lists at this many entries: a page stays small whatever a run holds. */
const most = { text: 400, entries: 50, bins: 100 } as const;

/**
 * What a report shows of the run in a directory; the run may be under way.
 *
 * @throws ToeditError `MANIFEST_MISSING` where the directory holds no run; `MANIFEST_INVALID`; `FILE_CORRUPT` where a ledger is
 *   damaged; the signal's reason.
 */
export async function collectRun(output: string, options: CollectOptions): Promise<RunData> {
  const { signal } = options;
  const manifest = await readManifest(statePaths(output).manifest);
  const paths = runPaths(output, manifest.name);
  const states = await readLedgers(paths);
  const tasks = manifest.tasks.map((task) => {
    const state = states.get(task.index) ?? untouchedTask;
    return { task: asTaken(task, state), state };
  });
  const outputs = tasks.flatMap(({ task, state }) =>
    state.outputs.map((report) => ({ task, report })),
  );
  const reports = outputs.map(({ report }) => report);
  const totals = totalsOf(reports);
  const pending = tasks.filter(
    ({ state: { status } }) => status === 'pending' || status === 'running',
  ).length;
  const { sweep, notes } = await sweepOfRun(manifest, paths, options);
  const collected = await collectPassages({ manifest, paths, outputs, signal });
  return {
    ...identityOf(manifest, paths),
    files: filesOf(reports, { pending, skipped: manifest.skipped.length }),
    counts: countsOf(totals, reports),
    histogram: histogramOf(totals, manifest, sweep),
    throughput: await readMetrics(paths, { mostBins: most.bins, signal }),
    sweep,
    passages: collected.passages.map((passage) => ({ ...passage, file: cut(passage.file) })),
    problems: problemsOf(reports, manifest, paths),
    notes: [...notes, ...collected.notes].map(cut),
  };
}

function identityOf({ prior, ...manifest }: Manifest, { output }: RunPaths) {
  const { command, version, createdAt: plannedAt, id, options } = manifest;
  const { name, modelFile, precision, device, modelFingerprint, tokenizerFingerprint } = prior;
  return {
    ...{ name: basename(output), output, command, version, plannedAt, id, options },
    rule:
      command === 'score' || command === 'revert'
        ? null
        : describeRule(options).replace('>= ', '≥ '),
    prior: { name, modelFile, precision, device, modelFingerprint, tokenizerFingerprint },
  };
}

function cut(text: string): string {
  return text.length <= most.text ? text : `${text.slice(0, most.text)}…`;
}

function totalsOf(reports: readonly OutputReport[]): RunTotals {
  const totals = emptyTotals();
  for (const report of reports) if (report.totals !== null) addTotals(totals, report.totals);
  return totals;
}

function filesOf(
  reports: readonly OutputReport[],
  rest: Pick<FileCounts, 'pending' | 'skipped'>,
): FileCounts {
  const count = (wanted: OutputReport['status']): number =>
    reports.filter(({ status }) => status === wanted).length;
  return {
    done: count('done'),
    failed: count('failed'),
    ...rest,
    skipped: rest.skipped + count('skipped'),
  };
}

function countsOf(totals: RunTotals, reports: readonly OutputReport[]): RunCounts {
  const { rows, textBytes, tokens, omittedLogprobs, edits, smallestMargin } = totals;
  const { eligible, drawn, changed, deleted } = edits;
  return {
    ...{ rows, textBytes, tokens, eligible, drawn, changed, deleted },
    scoredTokens: totals.scoredTokens + omittedLogprobs,
    refusedUtf8: edits.refused_utf8,
    refusedSpecial: edits.refused_special,
    passed: totals.passed,
    deadLetters: reports.reduce((sum, { deadLetters }) => sum + deadLetters, 0),
    writtenRows: reports.reduce((sum, report) => sum + writtenRowsOf(report), 0),
    smallestMargin: Number.isFinite(smallestMargin) ? smallestMargin : null,
    paddedTokens: totals.paddedTokens,
    readTokens: totals.readTokens,
  };
}

/** Before: of all that was scored; after: by the run's own setting, or of a score run by the one that changes most. */
function histogramOf(
  { omittedLogprobs, probabilityHistogram }: RunTotals,
  { command, options }: Manifest,
  sweep: SweepReport | null,
): HistogramData {
  const own = sweep?.settings.find((row) => isSetting(row, options));
  const setting = command === 'score' ? strongest(sweep?.settings ?? []) : own;
  const counted = sweep?.probabilityHistogram ?? tenBins(probabilityHistogram);
  const isCounted = counted.some((count) => count > 0) && (sweep !== null || omittedLogprobs === 0);
  return {
    before: isCounted ? counted : null,
    omitted: omittedLogprobs,
    after: setting === undefined ? null : { setting, counts: setting.probabilityHistogram },
  };
}

/** Of options that a sweep does not compare none is its setting. */
function isSetting(row: SweepRow, { topP = 1, dropBelow = null, ...of }: Manifest['options']) {
  if (topP !== 1 || dropBelow !== null) return false;
  const { threshold, temperature, topK } = row;
  return threshold === of['threshold'] && temperature === of['temperature'] && topK === of['topK'];
}

function problemsOf(
  reports: readonly OutputReport[],
  { skipped }: Manifest,
  { output }: RunPaths,
): Problems {
  const bad: BadFile[] = reports.flatMap(({ input, status, error }) =>
    status === 'done' || error?.code === removedCode
      ? []
      : [
          {
            input: cut(input),
            status,
            code: error?.code ?? '',
            message: cut(error?.message ?? ''),
          },
        ],
  );
  const left = skipped.map(({ path, reason }) => {
    return { input: cut(path), status: 'skipped', code: 'SKIPPED', message: cut(reason) } as const;
  });
  const dead = reports.flatMap(({ deadLetterFile: file, deadLetters: rows }) =>
    file === null ? [] : [{ file: cut(relative(output, file).split(sep).join('/')), rows }],
  );
  return {
    files: [...bad, ...left].slice(0, most.entries),
    fileCount: bad.length + left.length,
    deadLetters: dead.slice(0, most.entries),
    deadLetterFileCount: dead.length,
  };
}
