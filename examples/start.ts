import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** `npm start`: the sample corpus scored once, edited from the scores, and shown in a page. Flags are those of `toedit resample`. */
const toedit = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));
const flags = process.argv.slice(2);
const scoring = ['--candidates', '64', '--candidate-threshold', '0.5'];
const commands = [
  ['score', 'examples/corpus', '--output', 'scored', '--overwrite', ...scoring],
  ['resample', 'scored', '--output', 'edited', '--overwrite', '--seed', '1', '--excerpts', '8'],
  ['analyse', '--as', 'human=scored', '--as', 'edited=edited', '--output', 'analysis', '--quiet'],
  ['report', 'edited', 'analysis', '--overwrite'],
] as const;

for (const [name, ...given] of commands) {
  const args = [name, ...given, ...(name === 'resample' ? flags : [])];
  console.error(`\n$ npx toedit ${args.join(' ')}`);
  // What is measured is on the page.
  const stdout = name === 'analyse' ? 'ignore' : 'inherit';
  const { status } = spawnSync(process.execPath, [toedit, ...args], {
    stdio: ['inherit', stdout, 'inherit'],
  });
  if (status !== 0) process.exit(status ?? 1);
}
