import type { SlurmOptions } from '../slurm/resolve-slurm-job.ts';
import { previewSlurm, type Submission, submitSlurm } from '../slurm/submit-slurm.ts';
import type { SubmitDisplay } from './add-submit-command.ts';
import { exitCodes } from './exit-codes.ts';
import { printError } from './print-error.ts';
import type { Streams } from './run-job.ts';

/** Submits a run, or shows what would be submitted, and resolves with the exit code. Never rejects. */
export async function runSubmit(
  options: SlurmOptions,
  { display, streams }: { readonly display: SubmitDisplay; readonly streams: Streams },
): Promise<number> {
  try {
    const submission = await (display.dryRun ? previewSlurm(options) : submitSlurm(options));
    if (display.json) streams.stdout.write(`${JSON.stringify(submission)}\n`);
    else if (display.dryRun) streams.stdout.write(scriptsOf(submission));
    else if (!display.quiet) streams.stdout.write(describe(submission, options.run));
    return exitCodes.done;
  } catch (error) {
    return printError(error, display, streams);
  }
}

function scriptsOf(submission: Submission): string {
  const { arrayScriptPath, verifyScriptPath } = submission;
  return `==> ${arrayScriptPath} <==
${submission.arrayScript}
==> ${verifyScriptPath}, submitted with --dependency=afterany:<array job> <==
${submission.verifyScript}`;
}

function describe(submission: Submission, run: string): string {
  const { shards, tasks, arrayJobId, verifyJobId, logs } = submission;
  const folded = tasks < shards ? ` in ${String(tasks)} array tasks, the most allowed here` : '';
  return `submitted job array ${String(arrayJobId)}: ${String(shards)} shards${folded}
then job ${String(verifyJobId)}: toedit verify
logs: ${logs}
watch: squeue --job ${String(arrayJobId)} and toedit status ${run}
`;
}
