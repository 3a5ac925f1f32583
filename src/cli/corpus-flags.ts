import { type Command, Option } from 'commander';
import type { RunTasksOptions } from '../../pipelines/executor/run-tasks.ts';
import type { PlanCorpusOptions } from '../../pipelines/plan-corpus.ts';
import type { RunOptions } from '../../pipelines/stages/corpus-options.ts';
import type { Shard } from '../run/shards/shard.ts';
import type { RunRequest } from './corpus-run.ts';
import {
  addFlags,
  countFlag,
  type DisplayFlags,
  deviceFlag,
  devicesFlag,
  displayFlags,
  dtypeFlag,
  parseBound,
  parseCountOrAuto,
  parseDecimal,
  parseSeed,
  parseShardFlag,
} from './flags.ts';

/** `RunSettings`, as flags. */
interface SettingFlags extends DisplayFlags {
  readonly maxDeadLetters?: number | undefined;
  readonly grace?: number | undefined;
}

type CalledBack = 'signal' | 'stop' | 'onProgress' | 'onNotice';

/** The flags of `edit`, `score` and `plan`, as commander parses them: named as the options they become. */
export type CorpusFlags = RuleFlags &
  SettingFlags &
  Omit<PlanCorpusOptions, 'inclusive' | 'threshold' | 'dropBelow' | 'inputs' | CalledBack>;

/** The flags that differ from their options. Commander would take a null for an empty value, hence `none`. */
interface RuleFlags {
  /** Stands for `inclusive: false`. */
  readonly exclusive?: boolean | undefined;
  readonly threshold?: number | 'none' | undefined;
  readonly dropBelow?: number | 'none' | undefined;
}

/** The flags of `run` and `retry`. */
export type ShardFlags = Pick<RunOptions, Exclude<keyof RunOptions, CalledBack>> &
  SettingFlags & {
    readonly model?: string | undefined;
    readonly shard?: Shard | undefined;
    readonly shards?: number | undefined;
  };

/** Splits off how a run is shown, ended and judged. */
function splitSettings<Flags extends SettingFlags>(
  flags: Flags,
): RunRequest<Omit<Flags, keyof SettingFlags>> {
  const {
    json = false,
    quiet = false,
    verbose = false,
    maxDeadLetters = 0,
    grace: graceSeconds = 20,
    ...options
  } = flags;
  return { options, settings: { json, quiet, verbose, maxDeadLetters, graceSeconds } };
}

/** What `edit`, `score` and `plan` are asked for; what the flags leave open stays open. */
export function corpusRequest(
  inputs: readonly string[],
  flags: CorpusFlags,
): RunRequest<PlanCorpusOptions> {
  const { exclusive, threshold, dropBelow, ...others } = flags;
  const { options, settings } = splitSettings(others);
  const rule = {
    ...(exclusive === true && { inclusive: false }),
    ...(threshold !== undefined && { threshold: threshold === 'none' ? null : threshold }),
    ...(dropBelow !== undefined && { dropBelow: dropBelow === 'none' ? null : dropBelow }),
  };
  return { options: { ...options, ...rule, inputs }, settings };
}

/** What `run` and `retry` are asked for; the shard may still be the scheduler's to name. */
export function shardRequest(
  output: string,
  flags: ShardFlags,
): RunRequest<RunTasksOptions & Pick<ShardFlags, 'shards'>> {
  const { options, settings } = splitSettings(flags);
  return { options: { ...options, output }, settings };
}

/** Declares the input argument and the flags of a run's plan, with the command's own `rule` before them. */
export function addCorpusFlags(command: Command, rule: readonly Option[] = []): Command {
  command
    .argument('<input...>', 'files, directories or globs: Parquet, Arrow, JSON lines, ZIP of these')
    .requiredOption('-o, --output <dir>', 'directory for the results; mirrors the inputs');
  addFlags(command, rule, 'Rule:');
  addFlags(command, dataFlags(), 'Data:');
  addFlags(command, priorFlags(), 'Prior:');
  addFlags(command, runFlags(), 'Run:');
  return addFlags(command, displayFlags('print errors only'), 'Display:');
}

/** Declares the directory argument and the flags of carrying a planned run out. */
export function addShardFlags(command: Command): Command {
  command.argument('<dir>', 'the output directory of the run, planned with toedit plan');
  const shard = new Option(
    '--shard <i/n>',
    'the part to do, from 0/n to n-1/n (default: as the scheduler says, else all)',
  ).argParser(parseShardFlag);
  const shards = 'how many parts there are, where the scheduler only says which';
  const model = 'where the prior lies by now (default: where it was planned)';
  addFlags(command, [shard, countFlag('--shards <n>', shards)], 'Shard:');
  addFlags(command, [new Option('--model <dir>', model)], 'Prior:');
  addFlags(command, runFlags(), 'Run:');
  return addFlags(command, displayFlags('print errors only'), 'Display:');
}

/** The flags of the rule that `edit` and `plan` have. */
export function ruleFlags(): readonly Option[] {
  return [
    new Option(
      '--preset <name>',
      'paper, official-up, official-lowdrop, filtering (default: paper)',
    ),
    boundFlag('--threshold <p>', 'redraw tokens with P >= p; none redraws none (default: 0.99)'),
    new Option('--exclusive', 'redraw tokens with P > p only'),
    countFlag('--top-k <n>', 'candidates of a draw (default: 8)'),
    new Option('--top-p <p>', 'nucleus of a draw (default: 1)').argParser(parseDecimal),
    new Option('--temperature <t>', 'temperature of a draw (default: 1)').argParser(parseDecimal),
    new Option('--exclude-original', 'never draw the token that stood there'),
    boundFlag('--drop-below <p>', 'delete tokens with P < p; none deletes none (default: none)'),
    new Option('--report', 'keep the column edits: what was changed where'),
    countFlag('--excerpts <n>', 'edited passages to show at the end (default: 0)'),
  ];
}

function boundFlag(flags: string, description: string): Option {
  return new Option(flags, description).argParser(parseBound);
}

function priorFlags(): readonly Option[] {
  return [
    new Option(
      '--model <dir>',
      'the prior, in Hugging Face layout (default: the embedded tiny one)',
    ),
    dtypeFlag(),
    new Option('--model-file <path>', 'its graph, by name (default: as --dtype)'),
    deviceFlag(),
    new Option('--bos <when>', 'begin a document with BOS (default: auto)').choices(bosPolicies),
    countFlag('--window-tokens <n>', 'tokens read at once (default: 2048, or the model maximum)'),
    countFlag('--min-context-tokens <n>', 'context of a long document (default: window / 4)'),
  ];
}

const bosPolicies = ['auto', 'always', 'never'] as const;
const badRowPolicies = ['pass', 'dead-letter', 'fail'] as const;
const formats = ['parquet', 'arrow', 'jsonl'] as const;

function dataFlags(): readonly Option[] {
  return [
    new Option('--text-column <name>', 'the column of documents (default: text)'),
    new Option('--key-column <name>', 'the column that keys draws (default: a hash of the text)'),
    new Option('--seed <n>', 'seed of the draws (default: 0)').argParser(parseSeed),
    countFlag('--limit <rows>', 'take at most so many rows of a file'),
    new Option('--format <name>', 'output format (default: that of the input)').choices(formats),
    new Option('--on-bad-row <policy>', 'rows that cannot be edited (default: pass)').choices(
      badRowPolicies,
    ),
    countFlag('--max-text-bytes <n>', 'longer texts cannot be edited (default: 256 MiB)'),
    new Option('--ledger', 'keep what was edited where, to verify and undo by (default for edit)'),
    new Option('--no-ledger', 'keep no record of edits: verify compares hashes only'),
    new Option('--overwrite', 'begin anew, and replace output files that exist'),
  ];
}

function runFlags(): readonly Option[] {
  return [
    devicesFlag(
      'an engine on each: cuda:0,cuda:1, or cpu*4 for four on the cores (default: one engine)',
    ),
    countFlag('--threads <n>', 'inference threads of all engines (default: all cores)'),
    new Option(
      '--max-batch-tokens <n>',
      'padded tokens of a micro-batch; auto measures once (default: as measured, else 1024)',
    ).argParser(parseCountOrAuto),
    new Option(
      '--scores <whose>',
      'eligible: edit computes no more than it needs; all: also a histogram (default: eligible)',
    ).choices(['eligible', 'all']),
    countFlag('--files-in-flight <n>', 'files worked on at once'),
    countFlag('--max-bad-files <n>', 'stop early once more files are bad'),
    new Option(
      '--max-dead-letters <share>',
      'share of rows that may be set aside before the exit code is 3 (default: 0)',
    ).argParser(parseDecimal),
    countFlag('--grace <seconds>', 'how long SIGTERM waits for what is in flight (default: 20)'),
  ];
}
