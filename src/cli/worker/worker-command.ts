import { Command, Option } from 'commander';
import type { WorkerOptions } from '../../../pipelines/worker/open-answers.ts';
import type { WorkerReport } from '../../../pipelines/worker/serve-streams.ts';
import { formatCounted } from '../../report/format-quantity.ts';
import type { ParsedCommand, RunCommand } from '../command.ts';
import { addFlagsOf, priorFlags, type RuleFlags, ruleFlags, withRule } from '../corpus-flags.ts';
import { exitCodes } from '../exit-codes.ts';
import { addFlags, type DisplayFlags, displayFlags, splitDisplay } from '../flags.ts';
import { throughStandardStreams } from './standard-streams.ts';

type WorkerFlags = RuleFlags &
  DisplayFlags &
  Omit<WorkerOptions, 'inclusive' | 'threshold' | 'dropBelow' | 'signal' | 'onNotice'> & {
    readonly stdio: boolean;
  };

/** `toedit worker --stdio`. */
export function workerCommand(run: RunCommand): Command {
  const command = new Command('worker')
    .description(
      'Edit or score the record batches of an Arrow IPC stream on standard input; answer each on standard output.',
    )
    .addHelpText('after', workerHelp)
    .action((flags: WorkerFlags) => {
      const { options, display } = splitDisplay(withRule(flags));
      const { stdio: _, ...settings } = options;
      return run(workerOf(settings), display);
    });
  command.requiredOption('--stdio', 'standard input and output are the streams (required)');
  const what = new Option('--command <name>', 'what to do with the batches (default: edit)');
  const rule = ruleFlags().filter(({ long }) => long !== '--excerpts');
  addFlags(command, [what.choices(['edit', 'score']), ...rule], 'Rule:');
  addFlagsOf(command, 'Data:', [
    ...['--text-column', '--roles', '--role-field', '--key-column', '--key-places'],
    ...['--seed', '--max-text-bytes'],
  ]);
  const badRow = 'what a row that cannot be edited does: pass, or fail its batch (default: pass)';
  const policy = new Option('--on-bad-row <policy>', badRow).choices(['pass', 'fail']);
  addFlags(command, [policy], 'Data:');
  addFlags(command, priorFlags(), 'Prior:');
  addFlagsOf(command, 'Run:', ['--devices', '--threads', '--max-batch-tokens', '--scores']);
  const isShown = ({ long }: Option): boolean => long !== '--json';
  return addFlags(command, displayFlags('print errors only').filter(isShown), 'Display:');
}

/** The report is null where the host has gone. */
function workerOf(options: WorkerOptions): ParsedCommand<WorkerReport | null> {
  return {
    work: async (context) => {
      const { serveStreams } = await import('../../../pipelines/worker/serve-streams.ts');
      return await throughStandardStreams(context, async (streams, hooks) => {
        const report = await serveStreams(streams, { ...options, ...hooks });
        context.notice(describeReport(report));
        return report;
      });
    },
    // Standard output is the stream's alone.
    render: () => null,
    exitCodeOf: (report) => {
      if (report === null) return exitCodes.interrupted;
      return report.refused === 0 ? exitCodes.done : exitCodes.incomplete;
    },
  };
}

function describeReport({ batches, rows, refused }: WorkerReport): string {
  const answered = `answered ${formatCounted(batches, 'request')} of ${formatCounted(rows, 'row')}`;
  return refused === 0 ? answered : `${answered}, ${refused} with an error`;
}

const workerHelp = `
Examples:
  toedit worker --stdio --seed 7 < requests.arrows > responses.arrows
  toedit worker --stdio --text-column title --text-column 'messages[].content' --roles assistant < chats.arrows > edited.arrows
  toedit worker --stdio --command score --model models/smollm2-135m < requests.arrows > scores.arrows

The protocol is described in docs/worker.md; from Python: docs/python.md.

Exit codes: 0 the end of the input, and every batch was answered; 1 failed, but may work the next time;
2 wrong request; 3 some batches were answered with an error; 75 interrupted, or the parent process has ended.`;
