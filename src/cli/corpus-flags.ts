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
  textFlags,
} from './flags.ts';

/** `RunSettings`, as flags. */
interface SettingFlags extends DisplayFlags {
  readonly maxDeadLetters?: number | undefined;
  readonly grace?: number | undefined;
}

type CalledBack = 'signal' | 'stop' | 'hub' | 'onProgress' | 'onNotice';

/** The flags of `edit`, `score` and `plan`, as commander parses them: named as the options they become. */
export type CorpusFlags = RuleFlags &
  SettingFlags &
  Omit<PlanCorpusOptions, 'inclusive' | 'threshold' | 'dropBelow' | 'inputs' | CalledBack>;

/** The flags of the rule that differ from their options. Commander would take a null for an empty value, hence `none`. */
export interface RuleFlags {
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
  const { options, settings } = splitSettings(withRule(flags));
  return { options: { ...options, inputs }, settings };
}

/** The flags, those of the rule that differ from their options made these. */
export function withRule<Flags extends RuleFlags>(
  flags: Flags,
): Omit<Flags, keyof RuleFlags> & Pick<PlanCorpusOptions, 'inclusive' | 'threshold' | 'dropBelow'> {
  const { exclusive, threshold, dropBelow, ...others } = flags;
  return {
    ...others,
    ...(exclusive === true && { inclusive: false }),
    ...(threshold !== undefined && { threshold: threshold === 'none' ? null : threshold }),
    ...(dropBelow !== undefined && { dropBelow: dropBelow === 'none' ? null : dropBelow }),
  };
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
    .argument(
      '<input...>',
      'files, directories or globs: Parquet, Arrow, JSON Lines, or ZIP archives of these; addresses in object stores (s3, gs, az, hf://datasets, https); - is standard input',
    )
    .requiredOption(
      '-o, --output <dir>',
      'output directory; it mirrors the inputs; - is standard output (required)',
    );
  addFlags(command, rule, 'Rule:');
  addFlags(command, dataFlags(), 'Data:');
  addFlags(command, priorFlags(), 'Prior:');
  addFlags(command, runFlags(), 'Run:');
  return addFlags(command, displayFlags('print errors only'), 'Display:');
}

/** Declares those of the data and run flags that are named. */
export function addFlagsOf(command: Command, heading: string, names: readonly string[]): Command {
  const flags = [...dataFlags(), ...runFlags()].filter(({ long }) => names.includes(long ?? ''));
  return addFlags(command, flags, heading);
}

/** Leaves those of the shared flags that matter to edits only out of the help of `score`, which still accepts them. */
export function hideEditFlags(command: Command): void {
  const names = new Set(['--seed', '--key-column', '--key-places', '--scores']);
  for (const option of command.options) option.hideHelp(names.has(option.long ?? ''));
}

/** Declares the directory argument and the flags of carrying a planned run out. */
export function addShardFlags(command: Command): Command {
  command.argument('<dir>', 'the output directory of a run (toedit plan or toedit edit)');
  const shard = new Option(
    '--shard <i/n>',
    "which part to do: 0/n to n-1/n (default: what the scheduler's variables say, else all)",
  ).argParser(parseShardFlag);
  const shards = 'number of parts, where the scheduler gives only the index';
  const model =
    'directory of the prior, or its name on the hub, if it has moved (default: as planned)';
  addFlags(command, [shard, countFlag('--shards <n>', shards)], 'Shard:');
  addFlags(command, [new Option('--model <dir|name>', model)], 'Prior:');
  addFlags(command, runFlags(), 'Run:');
  return addFlags(command, displayFlags('print errors only'), 'Display:');
}

/** The flags of the rule that `edit` and `plan` have. */
export function ruleFlags(): readonly Option[] {
  return [
    new Option(
      '--preset <name>',
      'a named rule: paper, official-up, official-lowdrop or filtering (default: paper)',
    ),
    boundFlag('--threshold <p>', 'redraw tokens with P >= p; none redraws none (default: 0.99)'),
    new Option('--exclusive', 'redraw tokens with P > p, not those with P = p'),
    countFlag('--top-k <n>', 'draw from the k likeliest tokens (default: 8)'),
    new Option(
      '--top-p <p>',
      'draw from the fewest tokens that together have probability p (default: 1)',
    ).argParser(parseDecimal),
    new Option(
      '--temperature <t>',
      'temperature of a draw; above 1 changes more (default: 1)',
    ).argParser(parseDecimal),
    new Option('--exclude-original', 'never draw the original token: every redrawn token changes'),
    boundFlag('--drop-below <p>', 'delete tokens with P < p; none deletes none (default: none)'),
    new Option('--report', 'add a column edits: what was changed where'),
    countFlag('--excerpts <n>', 'show so many edited passages at the end (default: 0)'),
  ];
}

/** The flags by which `score` and `plan` keep what `resample` needs. */
export function scoreFlags(): readonly Option[] {
  return [
    countFlag(
      '--candidates <n>',
      'keep the n likeliest tokens at nearly certain positions, in score files for toedit resample (default: none)',
    ),
    new Option(
      '--candidate-threshold <p>',
      'keep them where P >= p; a later threshold may be as low (default: 0.9)',
    ).argParser(parseDecimal),
  ];
}

function boundFlag(flags: string, description: string): Option {
  return new Option(flags, description).argParser(parseBound);
}

/** The flags of the prior that scores. */
export function priorFlags(): readonly Option[] {
  return [
    new Option(
      '--model <dir|name>',
      'directory of the prior: config.json, tokenizer.json, onnx/model.onnx; or OWNER/NAME[@REVISION] on the Hugging Face hub (default: the bundled tiny one, for demonstration only)',
    ),
    dtypeFlag(),
    new Option(
      '--model-file <path>',
      "the prior's graph, by file name (default: chosen by --dtype)",
    ),
    deviceFlag(),
    new Option(
      '--bos <when>',
      'begin each document with a BOS token; auto does as the tokenizer does (default: auto)',
    ).choices(bosPolicies),
    countFlag(
      '--window-tokens <n>',
      "tokens that the prior reads at once (default: 2048, or the model's maximum)",
    ),
    countFlag(
      '--min-context-tokens <n>',
      'tokens of context before each window of a long document (default: window / 4)',
    ),
  ];
}

const bosPolicies = ['auto', 'always', 'never'] as const;
const badRowPolicies = ['pass', 'dead-letter', 'fail'] as const;
const formats = ['parquet', 'arrow', 'jsonl'] as const;

function dataFlags(): readonly Option[] {
  return [
    ...textFlags(),
    new Option(
      '--seed <n>',
      'seed of the random draws; the same seed gives the same output (default: 0)',
    ).argParser(parseSeed),
    countFlag('--limit <rows>', 'read at most so many rows of each file'),
    new Option('--format <name>', 'output format (default: that of the input)').choices(formats),
    new Option(
      '--json-fields <form>',
      'what JSON Lines become in another format: columns, mixed types an error; text, where mixed types become text; or line, one column of whole lines (default: columns)',
    ).choices(['columns', 'text', 'line']),
    new Option(
      '--on-bad-row <policy>',
      'what to do with rows that cannot be edited: keep them, set them aside, or fail the file (default: pass)',
    ).choices(badRowPolicies),
    countFlag(
      '--max-text-bytes <n>',
      'texts that are longer are not edited (default: 256 MiB; of JSON lines 64 MiB)',
    ),
    new Option(
      '--ledger',
      'keep a record of the edits, for toedit verify and for undoing them (default for edit)',
    ),
    new Option(
      '--no-ledger',
      'keep no record of the edits: toedit verify then compares hashes only',
    ),
    new Option(
      '--card',
      'keep a data card for the Hugging Face hub beside the outputs, README.md (default for a data set whose README.md says how to load it)',
    ),
    new Option('--no-card', 'keep no data card'),
    new Option('--overwrite', 'start again from the beginning, and replace existing output files'),
  ];
}

function runFlags(): readonly Option[] {
  return [
    devicesFlag(
      'devices to compute on at once: cuda:0,cuda:1, or cpu*4 for four sessions on the cores (default: one)',
    ),
    countFlag('--threads <n>', 'inference threads, over all devices (default: all cores)'),
    new Option(
      '--max-batch-tokens <n>',
      'tokens of a micro-batch, padding included; auto measures the best (default: as measured before, else 1024)',
    ).argParser(parseCountOrAuto),
    new Option(
      '--scores <whose>',
      'eligible: compute only the scores that edit needs; all: every score, and a histogram of P (default: eligible)',
    ).choices(['eligible', 'all']),
    countFlag('--files-in-flight <n>', 'files to work on at once (default: one more than devices)'),
    countFlag(
      '--max-bad-files <n>',
      'stop early when more files than this are bad (default: no limit)',
    ),
    new Option(
      '--max-dead-letters <share>',
      'largest share of rows that may be set aside with exit code 0; above it the exit code is 3 (default: 0)',
    ).argParser(parseDecimal),
    countFlag('--grace <seconds>', 'how long to finish work in flight after SIGTERM (default: 20)'),
  ];
}
