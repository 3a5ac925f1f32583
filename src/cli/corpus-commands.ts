import { Command, Option } from 'commander';
import type { PlanCorpusOptions } from '../../pipelines/plan-corpus.ts';
import { formatBytes, formatCounted } from '../report/format-quantity.ts';
import { renderLeftOut } from '../report/render-left-out.ts';
import type { Manifest } from '../run/manifest/manifest.ts';
import { shardFromEnvironment } from '../run/shards/shard-from-environment.ts';
import { printable } from '../text/printable.ts';
import type { ParsedCommand, RunCommand } from './command.ts';
import {
  addCorpusFlags,
  addShardFlags,
  type CorpusFlags,
  corpusRequest,
  hideEditFlags,
  ruleFlags,
  type ShardFlags,
  scoreFlags,
  shardRequest,
} from './corpus-flags.ts';
import { type CorpusWork, corpusRun, roundsRun } from './corpus-run.ts';
import { shownPath } from './display.ts';
import { exitHelp } from './exit-codes.ts';
import { countFlag } from './flags.ts';
import { isPipe, pipeRun } from './worker/pipe-command.ts';

// The pipelines are loaded when a command needs them, so that help and usage errors come at once.

/** `toedit edit INPUT... --output DIR`. */
export function editCommand(run: RunCommand): Command {
  const command = new Command('edit')
    .description('Redraw the tokens that the prior finds nearly certain; keep every other byte.')
    .addHelpText('after', editHelp)
    .action((inputs: string[], { rounds, ...flags }: EditFlags) => {
      const { options, settings } = corpusRequest(inputs, flags);
      if (isPipe(options)) return run(pipeRun('edit', { options, settings, rounds }), settings);
      if (rounds !== undefined) return run(roundsRun({ ...options, rounds }, settings), settings);
      const edit: CorpusWork = async (hooks) => {
        const { editCorpus } = await import('../../pipelines/edit-corpus.ts');
        return editCorpus({ ...options, ...hooks });
      };
      return run(corpusRun(edit, settings, options), settings);
    });
  return addCorpusFlags(command, [...ruleFlags(), roundsFlag()]);
}

/** The flags of `edit`. */
interface EditFlags extends CorpusFlags {
  readonly rounds?: number | undefined;
}

function roundsFlag(): Option {
  const what =
    'edit the corpus, then the result, n times in all, into round-1, round-2, … of the output directory';
  return countFlag('--rounds <n>', what);
}

/** `toedit score INPUT... --output DIR`. */
export function scoreCommand(run: RunCommand): Command {
  const command = new Command('score')
    .description(
      "Write each token's log-probability in new columns (token_ids, token_logprobs); edit nothing.",
    )
    .addHelpText('after', scoreHelp)
    .action((inputs: string[], flags: CorpusFlags) => {
      const { options, settings } = corpusRequest(inputs, flags);
      if (isPipe(options)) return run(pipeRun('score', { options, settings }), settings);
      const score: CorpusWork = async (hooks) => {
        const { scoreCorpus } = await import('../../pipelines/score-corpus.ts');
        return scoreCorpus({ ...options, ...hooks });
      };
      return run(corpusRun(score, settings, options), settings);
    });
  addCorpusFlags(command, scoreFlags());
  hideEditFlags(command);
  return command;
}

/** `toedit plan INPUT... --output DIR`. */
export function planCommand(run: RunCommand): Command {
  const command = new Command('plan')
    .description(
      'Plan a run in its output directory without starting it; toedit run carries it out.',
    )
    .addHelpText('after', planHelp)
    .action((inputs: string[], flags: CorpusFlags) => {
      const { options, settings } = corpusRequest(inputs, flags);
      return run(planOf(options, settings.quiet), settings);
    });
  const which = new Option('--command <name>', 'what toedit run will do (default: edit)');
  return addCorpusFlags(command, [
    which.choices(['edit', 'score']),
    ...ruleFlags(),
    ...scoreFlags(),
  ]);
}

function planOf(options: PlanCorpusOptions, quiet: boolean): ParsedCommand<Manifest> {
  return {
    work: async ({ signal, hub }) => {
      const { planCorpus } = await import('../../pipelines/plan-corpus.ts');
      return await planCorpus({ ...options, signal, hub });
    },
    toJson: ({ tasks, skipped, ...run }) =>
      JSON.stringify({
        ...{ ...run, dataset: undefined, tasks: tasks.length },
        ...{ bytes: bytesOf(tasks), skipped },
      }),
    verbatim: ['tasks'],
    render: (manifest) => (quiet ? null : renderPlan(manifest, options.output)),
  };
}

function renderPlan({ tasks, skipped, prior }: Manifest, output: string): string {
  const unknown = tasks.filter(({ format }) => format === null).length;
  return [
    `planned: ${formatCounted(tasks.length, 'file')}, ${formatBytes(bytesOf(tasks))}`,
    ...(unknown === 0 ? [] : [`  ${formatCounted(unknown, 'file')} cannot be read, and will fail`]),
    ...renderLeftOut(skipped.map(({ path, reason }) => ({ input: shownPath(path), reason }))),
    `  prior  ${prior.name}, ${prior.modelFile}, ${prior.precision}, ${prior.device}`,
    `  carry it out: toedit run ${printable(output)}, in as many processes as you like, or with --shard i/n`,
  ].join('\n');
}

function bytesOf(tasks: Manifest['tasks']): number {
  return tasks.reduce((sum, task) => sum + task.bytes, 0);
}

/** `toedit run DIR`. */
export function runShardCommand(run: RunCommand): Command {
  const command = new Command('run')
    .description(
      'Carry out a planned run, or one shard of it; continue where an earlier process ended.',
    )
    .addHelpText('after', runHelp)
    .action((output: string, flags: ShardFlags) => {
      const { options, settings } = shardRequest(output, flags);
      const work: CorpusWork = async (hooks, env) => {
        const shard = shardFromEnvironment(env, options);
        const { runShard } = await import('../../pipelines/run-shard.ts');
        return runShard({ ...options, ...hooks, shard });
      };
      return run(corpusRun(work, settings), settings);
    });
  return addShardFlags(command);
}

/** `toedit retry DIR`. */
export function retryCommand(run: RunCommand): Command {
  const command = new Command('retry')
    .description('Try the failed files of a run again, bad ones included.')
    .addHelpText('after', retryHelp)
    .action((output: string, flags: ShardFlags) => {
      const { options, settings } = shardRequest(output, flags);
      const retry: CorpusWork = async (hooks, env) => {
        const shard = shardFromEnvironment(env, options);
        const { retryShard } = await import('../../pipelines/retry-shard.ts');
        return retryShard({ ...options, ...hooks, shard });
      };
      return run(corpusRun(retry, settings), settings);
    });
  return addShardFlags(command);
}

const editHelp = `
Examples:
  toedit edit corpus/ --output edited/
  toedit edit books.parquet --output edited/ --model models/smollm2-135m --seed 7
  toedit edit books.parquet --output edited/ --preset official-up --report
  toedit edit corpus/ --output edited/ --model onnx-community/SmolLM2-135M-ONNX --dtype q4
  toedit edit shards.zip --output edited/ --threshold 0.95 --top-k 16 --exclude-original
  toedit edit corpus/ --output edited-thrice/ --rounds 3
  toedit edit chat.jsonl --output edited/ --text-column 'messages[].content' --roles assistant
  toedit edit dataset/ --output edited/   (a Hugging Face data set, with its README.md)
  toedit edit s3://bucket/corpus/ --output edited/
  toedit edit hf://datasets/OWNER/NAME --output edited/
  zcat poems.jsonl.gz | toedit edit - --output - | gzip > edited.jsonl.gz
${exitHelp}`;

const scoreHelp = `
Examples:
  toedit score corpus/ --output scored/
  toedit score poems.jsonl.gz --output scored/ --format parquet
  toedit score corpus/ --output scored/ --candidates 8 --candidate-threshold 0.9
  toedit score posts.parquet --output scored/ --text-column title --text-column meta.body --candidates 8
${exitHelp}`;

const planHelp = `
Examples:
  toedit plan corpus/ --output edited/ --model models/smollm2-135m
  toedit plan corpus/ --output scored/ --command score
  toedit plan chat/ --output edited/ --text-column 'messages[].content' --roles assistant
  toedit run edited/ --shard 0/4
${exitHelp}`;

const runHelp = `
Examples:
  toedit run edited/
  toedit run edited/ --shard 3/64

Without --shard, the variables of Slurm, Kubernetes, AWS Batch and Grid Engine choose the part.
${exitHelp}`;

const retryHelp = `
Examples:
  toedit retry edited/
  toedit retry edited/ --shard 3/64
${exitHelp}`;
