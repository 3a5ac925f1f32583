import { type Command, Option } from 'commander';
import type { CorpusOptions, RunOptions } from '../../pipelines/corpus-options.ts';
import type { Shard } from '../run/shards/shard.ts';
import { dtypeOption } from './dtype-option.ts';
import {
  parseCount,
  parseCountOrAuto,
  parseDecimal,
  parseList,
  parseSeed,
  parseShardFlag,
} from './parse-value.ts';
import type { JobManners } from './run-job.ts';

/** What a run shows, and how. */
export interface Display {
  /** One JSON object on stdout, and nothing else there. */
  readonly json: boolean;
  /** Neither progress nor summary. */
  readonly quiet: boolean;
  /** Stack traces of errors. */
  readonly verbose: boolean;
}

/** The flags of `edit`, `score` and `plan`, as commander parses them: named as the options they become. */
export type CorpusFlags = Omit<CorpusOptions, 'inputs' | CalledBack> & MannerFlags;

/** The flags of `run` and `retry`. */
export type ShardFlags = Pick<RunOptions, Exclude<keyof RunOptions, CalledBack>> &
  MannerFlags & {
    readonly model?: string | undefined;
    readonly shard?: Shard | undefined;
    readonly shards?: number | undefined;
  };

type CalledBack = 'signal' | 'stop' | 'onProgress' | 'onNotice';

/** {@link JobManners}, as flags. */
interface MannerFlags extends Partial<Display> {
  readonly maxDeadLetters?: number | undefined;
  readonly grace?: number | undefined;
}

/** Declares the input argument and the flags of a run's plan, with the command's own `ruleFlags` before them. */
export function addCorpusFlags(command: Command, ruleFlags: readonly Option[] = []): void {
  command
    .argument('<input...>', 'files, directories or globs: Parquet, Arrow, JSON lines, ZIP of these')
    .requiredOption('-o, --output <dir>', 'directory for the results; mirrors the inputs');
  addGroup(command, 'Rule:', ruleFlags);
  addGroup(command, 'Data:', dataFlags());
  addGroup(command, 'Prior:', priorFlags());
  addGroup(command, 'Run:', runFlags());
  addGroup(command, 'Display:', displayFlags());
}

/** Declares the directory argument and the flags of carrying a planned run out. */
export function addShardFlags(command: Command): void {
  command.argument('<dir>', 'the output directory of the run, planned with toedit plan');
  addGroup(command, 'Shard:', [
    new Option(
      '--shard <i/n>',
      'the part to do, from 0/n to n-1/n (default: as the scheduler says, else all)',
    ).argParser(parseShardFlag),
    new Option(
      '--shards <n>',
      'how many parts there are, where the scheduler only says which',
    ).argParser(parseCount),
  ]);
  addGroup(command, 'Prior:', [
    new Option('--model <dir>', 'where the prior lies by now (default: where it was planned)'),
  ]);
  addGroup(command, 'Run:', runFlags());
  addGroup(command, 'Display:', displayFlags());
}

/** Splits off how a run is shown, ended and judged. */
export function splitManners<Flags extends MannerFlags>(
  flags: Flags,
): { readonly options: Omit<Flags, keyof MannerFlags>; readonly manners: JobManners } {
  const {
    json = false,
    quiet = false,
    verbose = false,
    maxDeadLetters = 0,
    grace: graceSeconds = 20,
    ...options
  } = flags;
  return { options, manners: { json, quiet, verbose, maxDeadLetters, graceSeconds } };
}

function addGroup(command: Command, heading: string, options: readonly Option[]): void {
  for (const option of options) command.addOption(option.helpGroup(heading));
}

function priorFlags(): readonly Option[] {
  return [
    new Option(
      '--model <dir>',
      'the prior, in Hugging Face layout (default: the embedded tiny one)',
    ),
    dtypeOption(),
    new Option('--model-file <path>', 'its graph, by name (default: as --dtype)'),
    new Option('--device <kind>', 'what kind of device (default: as --devices, or cpu)').choices([
      'cpu',
      'cuda',
      'webgpu',
    ]),
    new Option('--bos <when>', 'begin a document with BOS (default: auto)').choices([
      'auto',
      'always',
      'never',
    ]),
    new Option(
      '--window-tokens <n>',
      'tokens read at once (default: 2048, or the model maximum)',
    ).argParser(parseCount),
    new Option(
      '--min-context-tokens <n>',
      'context of a long document (default: window / 4)',
    ).argParser(parseCount),
  ];
}

function dataFlags(): readonly Option[] {
  return [
    new Option('--text-column <name>', 'the column of documents (default: text)'),
    new Option('--key-column <name>', 'the column that keys draws (default: a hash of the text)'),
    new Option('--seed <n>', 'seed of the draws (default: 0)').argParser(parseSeed),
    new Option('--limit <rows>', 'take at most so many rows of a file').argParser(parseCount),
    new Option('--format <name>', 'output format (default: that of the input)').choices([
      'parquet',
      'arrow',
      'jsonl',
    ]),
    new Option('--on-bad-row <policy>', 'rows that cannot be edited (default: pass)').choices([
      'pass',
      'dead-letter',
      'fail',
    ]),
    new Option(
      '--max-text-bytes <n>',
      'longer texts cannot be edited (default: 256 MiB)',
    ).argParser(parseCount),
    new Option('--ledger', 'keep what was edited where, to verify and undo by (default for edit)'),
    new Option('--no-ledger', 'keep no record of edits: verify compares hashes only'),
    new Option('--overwrite', 'begin anew, and replace output files that exist'),
  ];
}

function runFlags(): readonly Option[] {
  return [
    new Option(
      '--devices <list>',
      'an engine on each: cuda:0,cuda:1, or cpu*4 for four on the cores (default: one engine)',
    ).argParser(parseList),
    new Option('--threads <n>', 'inference threads of all engines (default: all cores)').argParser(
      parseCount,
    ),
    new Option(
      '--max-batch-tokens <n>',
      'padded tokens of a micro-batch; auto measures once (default: as measured, else 1024)',
    ).argParser(parseCountOrAuto),
    new Option(
      '--scores <whose>',
      'eligible: edit computes no more than it needs; all: also a histogram (default: eligible)',
    ).choices(['eligible', 'all']),
    new Option('--files-in-flight <n>', 'files worked on at once').argParser(parseCount),
    new Option('--max-bad-files <n>', 'stop early once more files are bad').argParser(parseCount),
    new Option(
      '--max-dead-letters <share>',
      'share of rows that may be set aside before the exit code is 3 (default: 0)',
    ).argParser(parseDecimal),
    new Option(
      '--grace <seconds>',
      'how long SIGTERM waits for what is in flight (default: 20)',
    ).argParser(parseCount),
  ];
}

function displayFlags(): readonly Option[] {
  return [
    new Option('--json', 'print one JSON object on stdout, and nothing else'),
    new Option('--quiet', 'print errors only'),
    new Option('--verbose', 'print stack traces'),
  ];
}
