import { basename, join } from 'node:path';
import { hasControls } from '../text/printable.ts';
import type { SlurmJob } from './slurm-job.ts';

/** The batch script of the job array that does the run's work, with comments for those who read or change it. */
export function arrayScript(job: SlurmJob): string {
  return `#!/bin/bash
# Works on a run of toedit. Written by \`toedit submit slurm\`; submit it again as often as you like:
# what is finished is not done twice, and what was interrupted is resumed where it stopped.

${directives(job)}

${settings(job)}

${signalHandling}

${shardLoop}

${requeue}
`;
}

function directives(job: SlurmJob): string {
  const { tasks, concurrency, time, stopEarly, partition, threads } = job;
  const throttle = concurrency === undefined ? '' : `%${String(concurrency)}`;
  const options = [
    `--job-name=${jobName(job)}`,
    `--array=0-${String(tasks - 1)}${throttle}`,
    ...(partition === undefined ? [] : [`--partition=${partition}`]),
    ...(threads === undefined ? [] : [`--cpus-per-task=${String(threads)}`]),
    ...(time === undefined ? [] : [`--time=${time}`]),
  ];
  return `${options.map(directive).join('\n')}
# So many seconds before the time limit this shell, and it alone, gets SIGUSR1.
${directive(`--signal=B:USR1@${String(stopEarly)}`)}
# A task whose node failed, or that was requeued, begins again and adds to its log.
${directive('--requeue')}
${directive('--open-mode=append')}
${directive(`--output=${logFile(job, '%A_%a')}`)}${job.sbatchArgs
  .map((option) => `\n${directive(option)}`)
  .join('')}`;
}

/** Between the warning and the time limit, some seconds are left for the exit and the requeue. */
const spareSeconds = 15;

function settings(job: SlurmJob): string {
  const { command, run, shards, tasks, maxRequeues, stopEarly, devices } = job;
  const onDevices = devices === undefined ? '' : shellQuote(`--devices=${devices.join(',')}`);
  return `toedit=(${command.map(shellQuote).join(' ')})
run=${shellQuote(run)}
# The run is split into this many shards. Task t works on shards t, t + tasks, t + 2 tasks ...
shards=${String(shards)}
tasks=${String(tasks)}
# How often the time limit may put a task back in the queue.
max_requeues=${String(maxRequeues)}
# How long after a request to stop toedit may take to commit what is in flight, in seconds.
grace=${String(Math.max(20, stopEarly - spareSeconds))}
# What the engines of a task run on, where it is not one on the device of the plan.
devices=(${onDevices})
threads=\${SLURM_CPUS_PER_TASK:-\${SLURM_CPUS_ON_NODE:-1}}`;
}

const signalHandling = `# A signal wakes this shell from \`wait\`. It asks toedit to stop: toedit commits what is in flight and exits with 75.
child= at_time_limit=
signals=0
stop() {
  signals=$((signals + 1))
  [ -z "$child" ] || kill -TERM "$child" 2>/dev/null
}
trap 'at_time_limit=yes; stop' USR1
trap stop TERM`;

const shardLoop = `# The exit code of the task is that of its worst shard.
worst=0
for ((shard = SLURM_ARRAY_TASK_ID; shard < shards; shard += tasks)); do
  [ "$signals" -eq 0 ] || { worst=75; break; }
  "\${toedit[@]}" run "$run" --shard "$shard/$shards" --threads "$threads" --grace "$grace" "\${devices[@]}" &
  child=$!
  # The signal may have come before there was a child to stop.
  [ "$signals" -eq 0 ] || stop
  while :; do
    seen=$signals
    wait "$child"
    code=$?
    # A \`wait\` that a signal ended has no exit code yet: ask again.
    [ "$signals" -ne "$seen" ] || break
  done
  child=
  echo "shard $shard/$shards of $run ended with exit code $code"
  # Stopped before it could commit anything is stopped, too.
  [ "$signals" -gt 0 ] && [ "$code" -eq 143 ] && code=75
  case $code in
    0) ;;
    # 2: a wrong request, which would be as wrong for the other shards.
    2 | 75) worst=$code; break ;;
    # 3: finished, with bad files.
    3) [ "$worst" -ne 0 ] || worst=3 ;;
    *) worst=$code ;;
  esac
done`;

const requeue = `# Slurm requeues by itself where a node failed, and not where the time limit came: that is done here.
restarts=\${SLURM_RESTART_COUNT:-0}
if [ "$worst" -eq 75 ] && [ -n "$at_time_limit" ]; then
  if [ "$restarts" -ge "$max_requeues" ]; then
    echo "requeued $restarts times already, not again: see toedit status, then submit this script again"
  elif scontrol requeue "\${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"; then
    echo "the time limit is near: requeued, to continue later"
  else
    echo "cannot requeue this task: submit this script again"
  fi
fi
exit "$worst"`;

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

/** An option of sbatch as a line of a batch script; Slurm's own quotes are put around what needs them. */
function directive(option: string): string {
  const isPlain = /^[\w=:,.%@/+*-]+$/.test(option);
  return `#SBATCH ${isPlain ? option : `"${option.replaceAll(/["\\]/g, '\\$&')}"`}`;
}

/** What the queue shows: the name of the run's directory, in characters that no tool minds. */
function jobName({ run }: Pick<SlurmJob, 'run'>): string {
  return `toedit-${basename(run).replaceAll(/[^\w.-]+/g, '-')}`;
}

/** The path of a log file for `--output`; `pattern` keeps its replacement symbols, and the directory gets none. */
function logFile({ logs }: Pick<SlurmJob, 'logs'>, pattern: string): string {
  return `${join(logs.replaceAll('%', '%%'), pattern)}.log`;
}

/** A text as one word of bash, whatever is in it; what could steer a terminal that shows the script is written as bytes. */
function shellQuote(text: string): string {
  if (hasControls(text)) return `$'${Buffer.from(text).toString('hex').replace(/../g, '\\x$&')}'`;
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
