import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { killRuns } from './kill-runs.ts';
import { killedCommands } from './killed-command.ts';
import { resultsPage } from './results-page.ts';

/** From so many kills on, the results are kept. */
const fullKills = 200;

const { values, positionals } = parseArgs({
  args: process.argv.slice(3),
  options: {
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '1' },
    command: { type: 'string', default: 'edit' },
  },
  allowPositionals: true,
});
const kills = Number(positionals[0] ?? fullKills);
const command = killedCommands.find((name) => name === values.command);
if (command === undefined) throw new TypeError(`--command is one of ${killedCommands.join(', ')}`);
const directory = await mkdtemp(join(tmpdir(), 'toedit-kills-'));
try {
  const report = await killRuns({
    ...{ command, kills },
    seed: Number(values.seed),
    jobs: Number(values.jobs),
    directory,
    onRun: (at) =>
      console.log(
        `${String(at.kills)} kills, ${String(at.runs)} runs, all the same; ${at.seconds.toFixed(0)} s`,
      ),
  });
  console.log(report);
  const machine = `${String(availableParallelism())} cores, Node ${process.version}`;
  if (command === 'edit' && kills >= fullKills) {
    await writeFile('benchmarks/kills/RESULTS.md', resultsPage(report, machine));
  }
} finally {
  await rm(directory, { recursive: true });
}
