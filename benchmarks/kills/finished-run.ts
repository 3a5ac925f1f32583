import { deepStrictEqual } from 'node:assert';
import { basename } from 'node:path';
import type { RunSummary } from '../../src/metrics/summary.ts';
import type { VerifyReport } from '../../src/metrics/verify-report.ts';
import { type RunRemains, runRemains } from './run-remains.ts';
import { startToedit } from './start-toedit.ts';

/** All that a run must have in common with any other run of the same command, however often it was killed. */
export interface FinishedRun {
  readonly remains: RunRemains;
  readonly counts: Readonly<Record<string, unknown>>;
  readonly verification: Readonly<Record<string, unknown>>;
}

/** Looks at a run that came to its end: at its output, at its summary, and with `toedit verify`. */
export async function finishedRun(output: string, summary: RunSummary): Promise<FinishedRun> {
  const { stdout, stderr } = await startToedit(['verify', output, '--json']).ended;
  if (stdout === '') throw new Error(`toedit verify failed: ${stderr}`);
  return {
    remains: await runRemains(output),
    counts: countsOf(summary),
    verification: verificationOf(JSON.parse(stdout) as VerifyReport),
  };
}

/** @throws AssertionError that shows what differs. */
export function assertSameRun(run: FinishedRun, undisturbed: FinishedRun): void {
  deepStrictEqual(run, undisturbed);
}

/** What is counted of the corpus: not of this process, its time or place. */
export function countsOf(summary: RunSummary): FinishedRun['counts'] {
  const { rows, deadLetters, textBytes, tokens, scoredTokens, omittedLogprobs } = summary;
  const { eligible, drawn, changed, deleted, refused, passed } = summary;
  const { meanLogprob, probabilityHistogram, smallestMargin } = summary;
  const files = summary.files.map((file) => {
    const { input, status, error } = file;
    const counts = [file.rows, file.bytes, file.changed, file.deadLetters ?? 0];
    return [input, status, ...counts, error?.code ?? ''].join(' ');
  });
  return {
    ...{ rows, deadLetters, textBytes, tokens, scoredTokens, omittedLogprobs },
    ...{ eligible, drawn, changed, deleted, refused, passed },
    ...{ meanLogprob, probabilityHistogram, smallestMargin },
    ...{ tasks: summary.tasks, files: files.sort() },
  };
}

function verificationOf(report: VerifyReport): FinishedRun['verification'] {
  const { tasks, outputs, rows, remadeOutputs, problems } = report;
  const found = problems.map(({ kind, file }) => `${kind} ${basename(file)}`);
  return { tasks, outputs, rows, remadeOutputs, problems: found.sort() };
}
