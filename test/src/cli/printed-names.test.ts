import { Command } from 'commander';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ParsedCommand } from '#toedit/src/cli/command';
import { runCommand, runCommandLine } from '#toedit/src/cli/command-line';
import { addCorpusFlags, corpusRequest } from '#toedit/src/cli/corpus-flags';
import { corpusRun } from '#toedit/src/cli/corpus-run';
import { describeFileError, printError } from '#toedit/src/cli/print-error';
import { ToeditError } from '#toedit/src/errors';
import type { RunSummary } from '#toedit/src/metrics/summary';
import { sampleFailure, sampleSuccess, sampleSummary } from '../report/sample-summary.ts';
import { captureStreams } from './capture-streams.ts';

const part = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }),
  fc.constantFrom(
    '\u001b[31m',
    '\u001b]0;pwned\u0007',
    '\n',
    '\r\u001b[K',
    '\u009b2J',
    '\u202e',
    '\u2028',
    '$&',
    'x',
  ),
);
const name = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));

/** Streams of a terminal with colours. */
function terminal() {
  const { stdout, stderr } = captureStreams();
  const streams = {
    stdout: { ...stdout, isTTY: true, hasColors: () => true },
    stderr: { ...stderr, isTTY: true, columns: 400 },
  };
  return { ...streams, printed: () => [...stdout.written, ...stderr.written].join('') };
}

/** What steers the terminal, in order: with a name that holds nothing of the kind, it is what we write ourselves. */
const controlsOf = (text: string) =>
  text.match(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu) ?? [];

async function expectOwnControls(print: (name: string) => Promise<string> | string): Promise<void> {
  const own = controlsOf(await print('x'));
  await fc.assert(
    fc.asyncProperty(name, async (hostile) => {
      expect(controlsOf(await print(hostile))).toEqual(own);
    }),
  );
}

const command = addCorpusFlags(new Command()).action(() => undefined);

/** All that a run prints of which files, priors, options and messages have that name. */
async function printRun(hostile: string, flags: readonly string[] = []): Promise<string> {
  const { printed, ...streams } = terminal();
  const error = {
    code: 'FILE_CORRUPT',
    message: `in/${hostile}: no column ${JSON.stringify(hostile)}`,
  };
  const summary: RunSummary = {
    ...sampleSummary,
    prior: { ...sampleSummary.prior, name: hostile, modelFile: hostile, device: hostile },
    options: { ...sampleSummary.options, preset: hostile },
    files: [
      {
        ...sampleSuccess,
        input: `in/${hostile}`,
        output: `out/${hostile}`,
        deadLetters: 1,
        deadLetterFile: hostile,
      },
      { ...sampleFailure, input: `in/${hostile}`, error },
      { ...sampleFailure, input: `in/${hostile}`, status: 'skipped', error },
    ],
    deadLetters: 1,
    excerpts: [
      {
        file: hostile,
        row: 1,
        before: 'the \u001b[31m\nsun',
        after: 'the moon',
        changes: [{ start: 4, end: 13, text: 'm\u202eoon' }],
      },
    ],
  };
  command.parse(['in', '-o', 'out', ...flags], { from: 'user' });
  const { options, settings } = corpusRequest(['in'], command.opts());
  const work = async ({
    onNotice,
    onProgress,
  }: Parameters<Parameters<typeof corpusRun>[0]>[0]): Promise<RunSummary> => {
    onNotice?.(`about ${hostile}`);
    onProgress?.({
      file: hostile,
      fileIndex: 0,
      fileCount: 1,
      filesDone: 0,
      share: 0.5,
      rowsDone: 1,
      rowsTotal: 2,
      tokens: 1,
      secondsElapsed: 1,
      tokensPerSecond: 1,
      etaSeconds: 1,
    });
    return summary;
  };
  await runCommand(corpusRun(work, settings, options), settings, { ...streams, env: {} });
  return printed();
}

test('whatever the names, a run prints no control character but its own', async () => {
  await expectOwnControls((hostile) => printRun(hostile));
});

test.each([true, false])('nor does an error, verbose: %s', async (verbose) => {
  await expectOwnControls((hostile) => {
    const { printed, ...streams } = terminal();
    const error = new ToeditError('FILE_CORRUPT', `it is ${hostile}`, { place: { file: hostile } });
    error.stack = `ToeditError: ${error.message}\n    at here`;
    printError(error, { json: false, quiet: false, verbose }, streams);
    return printed() + describeFileError(hostile, 'it is damaged');
  });
});

test('nor does a report, or what is wrong with the arguments', async () => {
  await expectOwnControls(async (hostile) => {
    const { printed, ...streams } = terminal();
    const asIs: ParsedCommand<readonly string[]> = {
      work: async () => [hostile],
      render: ([text = '']) => text,
    };
    await runCommand(asIs, { json: false, quiet: false, verbose: false }, { ...streams, env: {} });
    await runCommandLine(['edit', hostile, `--x${hostile}`], { ...streams, env: {} });
    await runCommandLine(['status', `/nowhere/${hostile.replaceAll('\0', '')}`], {
      ...streams,
      env: {},
    });
    return printed();
  });
});

test('names are shown escaped', async () => {
  const printed = await printRun('a\u001b[31m\n\u202eb');
  const shown = String.raw`a\x1b[31m\n\u202eb`;
  const column = String.raw`a\u001b[31m\n\u202eb`;
  for (const line of [
    `  out/${shown}\n`,
    `toedit: in/${shown}: no column "${column}"\n`,
    `toedit: about ${shown}\n`,
  ]) {
    expect(printed).toContain(line);
  }
});

test('JSON keeps names as they are', async () => {
  const [object = ''] = (await printRun('a\u001b\n\u202eb', ['--json']))
    .split('\n')
    .filter((line) => line.startsWith('{'));
  expect(JSON.parse(object)).toMatchObject({ files: [{ input: 'in/a\u001b\n\u202eb' }, {}, {}] });
});

test('a place that the message names is not named again', () => {
  const place = { file: 'standard input', line: 3 };
  const printed = (message: string): string => {
    const streams = captureStreams();
    const error = new ToeditError('FILE_CORRUPT', message, { place });
    printError(error, { json: false, quiet: false, verbose: false }, streams);
    return streams.stderr.written.join('');
  };
  expect(printed('standard input: line 3 is no JSON object')).toBe(
    'toedit: standard input: line 3 is no JSON object\n',
  );
  expect(printed('standard input: 30 bytes are too many')).toBe(
    'toedit: line 3: standard input: 30 bytes are too many\n',
  );
  expect(printed('line 30 is longer than line 31')).toBe(
    'toedit: standard input, line 3: line 30 is longer than line 31\n',
  );
});
