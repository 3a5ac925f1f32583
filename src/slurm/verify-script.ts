import { directive } from './directive.ts';
import { jobName, logFile } from './job-files.ts';
import { shellQuote } from './shell-quote.ts';
import type { SlurmJob } from './slurm-job.ts';

/** The batch script of the job that checks the run once the array has ended, however it ended. */
export function verifyScript(job: SlurmJob): string {
  const { command, run, time, partition, sbatchArgs } = job;
  const options = [
    `--job-name=${jobName(job)}-verify`,
    ...(partition === undefined ? [] : [`--partition=${partition}`]),
    ...(time === undefined ? [] : [`--time=${time}`]),
    '--open-mode=append',
    `--output=${logFile(job, 'verify-%j')}`,
    ...sbatchArgs,
  ];
  return `#!/bin/bash
# Checks a run of toedit: reads every output again, and says what is missing. Written by \`toedit submit slurm\`.

${options.map(directive).join('\n')}

exec ${[...command, 'verify', run].map(shellQuote).join(' ')}
`;
}
