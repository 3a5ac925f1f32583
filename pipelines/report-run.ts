import { writeFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { type CommitFileOptions, commitFile, refuseExisting } from '../src/files/commit-file.ts';
import { writeFailed } from '../src/files/write-bytes.ts';
import type { SweepReport } from '../src/metrics/sweep-report.ts';
import { badOption, type OptionNames, requireNames } from '../src/options.ts';
import type { AnalysisData, SelectionData } from '../src/report/page/analysis-data.ts';
import { findingsOf } from '../src/report/page/findings.ts';
import type { Finding, ReportData, RunData } from '../src/report/page/report-data.ts';
import { version } from '../src/version.ts';
import { collectRun } from './report/collect-run.ts';
import { findMeasured, readMeasured } from './report/read-measured.ts';
import type { CollectOptions, SweepRules } from './report/sweep-of-run.ts';
import { sweepCorpus } from './sweep-corpus.ts';

/** What {@link reportRuns} takes. */
export interface ReportRunsOptions {
  /** Output directories of runs or of analyses, or files: an `analysis.json`, or what `toedit select --json` printed; 8 at most. */
  readonly inputs: readonly string[];
  /** The page; its name ends in `.html`. @defaultValue 'report.html' */
  readonly output?: string | undefined;
  /** Replace a report that is there. @defaultValue false */
  readonly overwrite?: boolean | undefined;
  /** Compare settings, where a run has scores with candidates: that reads all of them. @defaultValue true */
  readonly sweep?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

const reportOptionNames: OptionNames<ReportRunsOptions> = {
  ...{ inputs: true, output: true, overwrite: true, sweep: true, signal: true },
};

/** A report that was written. */
export interface WrittenReport {
  /** The page, absolute, and its size. */
  readonly output: string;
  readonly bytes: number;
  /** The JSON file beside it, which holds every number of the page. */
  readonly sidecar: string;
  readonly findings: readonly Finding[];
}

const mostInputs = 8;

/**
 * Writes a page that shows what runs have done, and what should be known of it: one HTML file that needs nothing else, of 2 MB at
 * most, and a JSON file with its numbers. Runs are read only, and may be under way.
 *
 * @throws ToeditError `BAD_OPTION`; `OUTPUT_EXISTS`; `MANIFEST_MISSING` where a directory holds no run; `MANIFEST_INVALID`;
 *   `FILE_CORRUPT`; `WRITE_FAILED`; the signal's reason.
 */
export async function reportRuns(options: ReportRunsOptions): Promise<WrittenReport> {
  requireNames('reportRuns', options, reportOptionNames);
  const { inputs, output = 'report.html', overwrite = false, sweep = true, signal } = options;
  const path = resolve(output);
  const sidecar = requirePlaces(inputs, path);
  for (const file of [path, sidecar]) await refuseExisting(file, { overwrite });
  const shown = await collect(inputs, { sweep: sweep ? compare : null, signal });
  const findings = findingsOf(shown.runs, shown.analyses);
  const data: ReportData = { version, writtenAt: new Date().toISOString(), findings, ...shown };
  const { renderPage } = await import('../src/report/page/page.ts');
  const page = renderPage(data, basename(sidecar));
  await write(sidecar, `${JSON.stringify(data, null, 1)}\n`, { overwrite, signal });
  await write(path, page, { overwrite, signal });
  return { output: path, bytes: Buffer.byteLength(page), sidecar, findings };
}

async function collect(inputs: readonly string[], options: CollectOptions) {
  const runs: RunData[] = [];
  const analyses: AnalysisData[] = [];
  const selections: SelectionData[] = [];
  for (const input of inputs) {
    const path = await findMeasured(input);
    const measured = path === null ? null : await readMeasured(path, input);
    if (measured === null) runs.push(await collectRun(input, options));
    else if ('analysis' in measured) analyses.push(measured.analysis);
    else selections.push(measured.selection);
  }
  return { runs, analyses, selections };
}

async function compare(rules: SweepRules): Promise<SweepReport> {
  const { failed: _, ...report } = await sweepCorpus(rules);
  return report;
}

async function write(path: string, text: string, options: CommitFileOptions): Promise<void> {
  await commitFile(path, options, async (temporaryPath) => {
    await writeFile(temporaryPath, text).catch((error: unknown) => {
      throw writeFailed(path, error);
    });
  });
}

/** The place of the JSON file. In a run's output both would count as its own: as data, or as a leftover. */
function requirePlaces(inputs: readonly string[], path: string): string {
  if (inputs.length === 0 || inputs.length > mostInputs) {
    throw badOption(
      'inputs',
      String(inputs.length),
      `name from 1 to ${String(mostInputs)} runs or analyses`,
    );
  }
  if (!path.endsWith('.html')) throw badOption('output', path, 'choose a name that ends in .html');
  const within = inputs.find((input) => {
    const way = relative(resolve(input), path);
    return way.split(sep)[0] !== '..' && !isAbsolute(way);
  });
  if (within !== undefined) {
    const remedy = `that is in the output of a run (${within}), where it would count as data; write it beside`;
    throw badOption('output', path, remedy);
  }
  const sidecar = join(dirname(path), `${basename(path, '.html')}.json`);
  if (inputs.some((input) => resolve(input) === sidecar)) {
    const remedy = `its JSON file would be written over ${sidecar}, which is to be shown; choose another name`;
    throw badOption('output', path, remedy);
  }
  return sidecar;
}
