import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { root } from '../sandbox.ts';

const run = promisify(execFile);

/** What a program that forgets to close does last: each line is printed by the program itself. */
const programs: Readonly<Record<string, string>> = {
  'an open prior': 'await loadPrior();',
  'a prior that has encoded and scored':
    'const prior = await loadPrior(); await drain(compose(tokenize(prior), scoreTokens(prior))(readParquet(books)));',
  'two priors on two engines each':
    "for (const threads of [1, 2]) await loadPrior(undefined, { devices: ['cpu*2'], threads });",
  'a Parquet file that is half read': 'await readParquet(books)[Symbol.asyncIterator]().next();',
  'a closed prior': 'const prior = await loadPrior(); await prior.close();',
};

const prelude = `
  import { compose, loadPrior, readParquet, scoreTokens, tokenize } from './dist/src/index.js';
  const books = 'examples/corpus/books.parquet';
  const drain = async (batches) => { for await (const _ of batches); };
`;

test.each(Object.entries(programs))('%s does not keep the process', async (_, program) => {
  const source = `${prelude} ${program} console.log('the end');`;
  const { stdout, stderr } = await run(
    process.execPath,
    ['--input-type=module', '--eval', source],
    { cwd: root, timeout: 60_000, killSignal: 'SIGKILL' },
  );
  expect(stdout).toBe('the end\n');
  expect(stderr).toBe('');
});
