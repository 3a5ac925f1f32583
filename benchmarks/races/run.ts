import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type RaceReport, raceRuns } from './race-runs.ts';

/** From so many races on, the results are kept. */
const fullRaces = 100;

const { values, positionals } = parseArgs({
  args: process.argv.slice(3),
  options: { seed: { type: 'string', default: '1' }, jobs: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const jobs = Number(values.jobs);
const races = Number(positionals[0] ?? fullRaces);
const directory = await mkdtemp(join(tmpdir(), 'toedit-races-'));
try {
  const report = await raceRuns({
    ...{ races, seed: Number(values.seed), jobs, directory },
    onRace: (at) => console.log(`${String(at.races)} races; ${at.seconds.toFixed(0)} s`),
  });
  console.log(report);
  if (races >= fullRaces) await writeFile('benchmarks/races/RESULTS.md', resultsPage(report, jobs));
} finally {
  await rm(directory, { recursive: true });
}

function resultsPage({ races, kinds, firstWon, seconds, seed }: RaceReport, jobs: number): string {
  const machine = `${String(availableParallelism())} cores, Node ${process.version}`;
  return `# Can two runs mix in one directory?

**Question.** Two processes with different rules are started within 60 ms of one another in one directory. Is one run there
afterwards, whole, and the other refused?

**Scope.** The compiled \`toedit\` with \`models/tiny\`, three small files, a local file system, one host.

**Machine.** ${machine}. ${new Date().toISOString().slice(0, 10)}.

**Method.** \`npm run races -- ${String(races)} --seed ${String(seed)} --jobs ${String(jobs)}\`. Of three rules (thresholds and seeds of unlike outputs) two
race: with \`edit\` in an empty directory; with \`plan\` in an empty directory, after which the plan is carried out; or with
\`edit --overwrite\` in the directory of a finished run of the third rule. After each race the manifest must be of the rule whose
process ended with 0, the outputs byte for byte those of a run of that rule alone, no journal, part or claim be left,
and \`verify\` find nothing. The other process must have ended with 2, saying what differs or that the run was begun anew; with
\`--overwrite\` also with 0, where it was done before the other began anew.

| | |
| --- | --- |
| races | ${String(races)} |
| of these \`edit\`, \`plan\`, \`edit --overwrite\` | ${String(kinds.edit)}, ${String(kinds.plan)}, ${String(kinds.overwrite)} |
| won by the process that was started first | ${String(firstWon)} |
| one run whole, the other refused | ${String(races)} |
| runs that mixed | 0 |
| seconds | ${seconds.toFixed(0)} |

**Verdict.** No two runs mix.
`;
}
