import type { PlanCorpusOptions } from '../../../pipelines/plan-corpus.ts';
import type { StreamOptions, StreamReport } from '../../../pipelines/worker/edit-stream.ts';
import { ToeditError } from '../../errors.ts';
import { formatCount, formatCounted, formatSeconds } from '../../report/format-quantity.ts';
import type { ParsedCommand } from '../command.ts';
import type { RunRequest } from '../corpus-run.ts';
import { exitCodes, hasNoText } from '../exit-codes.ts';
import { throughStandardStreams } from './standard-streams.ts';

/** What stands for standard input, and for standard output. */
const standard = '-';

/** Whether a command reads standard input or writes to standard output: `toedit edit - --output -`. */
export function isPipe({ inputs, output }: Pick<PlanCorpusOptions, 'inputs' | 'output'>): boolean {
  return inputs.includes(standard) || output === standard;
}

/** Flags of a run, and of its files: a pipe has none of these. */
const runFlags: ReadonlyMap<string, string> = new Map([
  ['json', '--json'],
  ['limit', '--limit'],
  ['ledger', '--ledger'],
  ['card', '--card'],
  ['overwrite', '--overwrite'],
  ['filesInFlight', '--files-in-flight'],
  ['maxBadFiles', '--max-bad-files'],
  ['excerpts', '--excerpts'],
  ['rounds', '--rounds'],
  ['candidates', '--candidates'],
]);

/** What is asked for, and how it is shown. */
interface PipeRequest extends RunRequest<PlanCorpusOptions> {
  /** Of `edit --rounds n`. */
  readonly rounds?: number | undefined;
}

/** `toedit edit - --output -`, and `toedit score` alike. */
export function pipeRun(
  command: 'edit' | 'score',
  { options: { inputs, output, ...options }, settings: { json }, rounds }: PipeRequest,
): ParsedCommand<StreamReport | null> {
  return {
    work: async (context) => {
      requireWhole(inputs, output);
      requireNoRun({ ...options, ...(json && { json }), ...(rounds !== undefined && { rounds }) });
      const { editStream } = await import('../../../pipelines/worker/edit-stream.ts');
      return await throughStandardStreams(context, async (streams, hooks) => {
        const request = { ...options, ...hooks, command } as StreamOptions;
        const report = await editStream(streams, request);
        context.notice(describeReport(report, request));
        return report;
      });
    },
    // Standard output is the data's alone.
    render: () => null,
    exitCodeOf: (report) => {
      if (report === null) return exitCodes.interrupted;
      return hasNoText({ ...report.totals, files: [] }) ? exitCodes.incomplete : exitCodes.done;
    },
  };
}

function requireWhole(inputs: readonly string[], output: string): void {
  if (inputs.length === 1 && inputs[0] === standard && output === standard) return;
  throw new ToeditError(
    'BAD_OPTION',
    'standard input goes to standard output, and nothing else does: give - alone as the input and as the --output, or files and a directory',
  );
}

function requireNoRun(options: object & Pick<PlanCorpusOptions, 'onBadRow'>): void {
  if (options.onBadRow === 'dead-letter') {
    throw new ToeditError(
      'BAD_OPTION',
      '--on-bad-row dead-letter sets rows aside in the directory of a run; from standard input to standard output they pass, or fail it',
    );
  }
  const flag = Object.keys(options).find((name) => runFlags.has(name));
  if (flag === undefined) return;
  throw new ToeditError(
    'BAD_OPTION',
    `${runFlags.get(flag) ?? flag} is for runs, which have a directory; from standard input to standard output there is none: leave it out`,
  );
}

function describeReport({ totals, seconds }: StreamReport, { command }: StreamOptions): string {
  const { rows, tokens, edits } = totals;
  const read = `${formatCounted(rows, 'row')}, ${formatCounted(tokens, 'token')}`;
  if (command === 'score') return `scored ${read} in ${formatSeconds(seconds)}`;
  const changed = edits.changed + edits.deleted;
  return `edited ${read}: ${formatCount(edits.eligible)} eligible, ${formatCount(changed)} changed${passedOf(totals)}, in ${formatSeconds(seconds)}`;
}

/** How many rows passed unedited, and why; nothing where none did. */
function passedOf({ passed }: StreamReport['totals']): string {
  const reasons = Object.entries(passed).filter(([, rows]) => rows > 0);
  const named = reasons.map(([reason, rows]) => `${formatCount(rows)} ${reason}`);
  return named.length === 0 ? '' : `; passed unedited: ${named.join(', ')}`;
}
