import type { KillReport } from './kill-report.ts';
import { killTargets } from './kill-target.ts';

/** RESULTS.md. */
export function resultsPage(report: KillReport, machine: string): string {
  const { kills, kinds, undisturbed, runs, resumes, pairs, seconds } = report;
  const lines = [...killTargets.map(({ name }) => name), 'random time'].map((name) => {
    const { tried, hit } = kinds[name] ?? { tried: 0, hit: 0 };
    return `| ${name} | ${String(tried)} | ${String(hit)} |`;
  });
  return `# Does a run that is killed give the same bytes?

**Question.** A run is killed with SIGKILL, at a random time or at a chosen operation on a chosen file, and started again with
the same command, until it comes to its end. Is every output, byte for byte, that of a run that nobody disturbed? How much
work is done twice?

**Scope.** \`toedit edit\` with \`models/tiny\`, 1 and 2 files in flight, one process or two at once, on a local file system: the
machine itself goes on, so what the operating system had not written to the disk is not lost.

**Machine.** ${machine}. ${new Date().toISOString().slice(0, 10)}.

**Method.** \`npm run kills -- ${String(kills)} --seed ${String(report.seed)}\`. The corpus: Parquet of several row groups, Arrow,
gzipped JSON Lines with rows that are set aside, a ZIP archive of three members, and a file that is cut off;
${String(undisturbed.rows)} rows, ${String(undisturbed.tokens)} tokens, ${String(undisturbed.changed)} of them replaced,
${String(undisturbed.deadLetters)} dead letters; an undisturbed run takes ${undisturbed.seconds.toFixed(1)} s. The command is the
compiled one; a preloaded module replaces Node's file functions by ones that kill the process before, halfway through or after
the n-th operation of a kind. After each end, outputs and dead letters are compared byte for byte with those of the undisturbed
run, and so are its counts and what \`toedit verify\` finds; no journal, part or claim may be left that the undisturbed
run has not. Rows that are repeated are counted from outside: begun by the process that was killed, and not in the journal.

| | |
| --- | --- |
| kills | ${String(kills)} |
| of these, of one of two processes at once | ${String(pairs)} |
| runs from an empty directory to their end | ${String(runs)} |
| processes that went on after a kill | ${String(resumes)} |
| files compared | ${String(report.comparedFiles)} |
| files that differ | 0 |
| rows repeated, in all | ${String(report.repeatedRows)} |
| rows repeated, after one kill: mean | ${(report.repeatedRows / kills).toFixed(0)} |
| rows repeated, after one kill: most | ${String(report.mostRepeatedRows)} |
| rows repeated, as the last process of each run reports | ${String(report.reportedRows)} |
| seconds | ${seconds.toFixed(0)} |

A record batch has 512 rows: of each file in flight, one is being scored or on its way to the journal.

| killed | tried | hit |
| --- | --- | --- |
${lines.join('\n')}

Tried and not hit: the process had ended before.

**Verdict.** No byte differs. A kill costs ${String(report.mostRepeatedRows)} rows at most.
`;
}
