import { Command, Option } from 'commander';
import type { DiffRunOptions } from '../../pipelines/diff-run.ts';
import type { DiffReport } from '../metrics/diff-report.ts';
import type { LedgerReport } from '../metrics/ledger-report.ts';
import { formatBytes, formatCounted } from '../report/format-quantity.ts';
import { renderDiff } from '../report/render-diff.ts';
import type { ParsedCommand, RunCommand } from './command.ts';
import { addFlagsOf, type CorpusFlags, corpusRequest } from './corpus-flags.ts';
import { type CorpusWork, corpusRun } from './corpus-run.ts';
import { shownPath } from './display.ts';
import { exitHelp } from './exit-codes.ts';
import { addFlags, countFlag, type DisplayFlags, displayFlags, splitDisplay } from './flags.ts';

// The pipelines are loaded when a command needs them, so that help and usage errors come at once.

type DiffFlags = DisplayFlags &
  Pick<DiffRunOptions, 'file' | 'row' | 'limit'> & { readonly changedOnly?: boolean };

/** `toedit diff EDITED`. */
export function diffCommand(run: RunCommand): Command {
  const command = new Command('diff')
    .description(
      'Show what a run has edited, in context: old words struck or bracketed, new ones beside.',
    )
    .argument('<edited>', 'the output directory of toedit edit or resample')
    .addHelpText('after', diffHelp)
    .action((edited: string, flags: DiffFlags) => {
      const { options, display } = splitDisplay(flags);
      const { changedOnly = false, ...rest } = options;
      return run(diffOf({ ...rest, edited }, changedOnly), display);
    });
  return addFlags(command, [
    new Option('--file <pattern>', 'show files whose path or name matches (default: all)'),
    countFlag('--row <n>', 'show this row of the input, from 0 (default: all)'),
    new Option('--changed-only', 'a line an edit, with its probabilities and without its context'),
    countFlag('--limit <n>', 'show so many passages at most (default: 20)'),
    ...displayFlags(),
  ]);
}

function diffOf(options: DiffRunOptions, changedOnly: boolean): ParsedCommand<DiffReport> {
  return {
    work: async ({ signal }) => {
      const { diffRun } = await import('../../pipelines/diff-run.ts');
      return await diffRun({ ...options, signal });
    },
    render: (report, { colour }) => renderDiff(report, { colour, changedOnly }),
    verbatim: ['passages'],
  };
}

const diffHelp = `
Examples:
  toedit diff edited/
  toedit diff edited/ --file "*.parquet" --limit 100
  toedit diff edited/ --file books.jsonl --row 12 --changed-only

Exit codes: 0 done; 1 an output is not as it was written; 2 wrong request; 3 a record is damaged.`;

type LedgerFlags = DisplayFlags & { readonly output: string; readonly overwrite?: boolean };

/** `toedit ledger EDITED --output FILE`. */
export function ledgerCommand(run: RunCommand): Command {
  const command = new Command('ledger')
    .description('Write every edit of a run to one Parquet file: where, what, and how likely.')
    .argument('<edited>', 'the output directory of toedit edit or resample')
    .requiredOption('-o, --output <file>', 'the Parquet file to write (required)')
    .addHelpText('after', ledgerHelp)
    .action((edited: string, flags: LedgerFlags) => {
      const { options, display } = splitDisplay(flags);
      return run(ledgerOf({ ...options, edited }), display);
    });
  const overwrite = new Option('--overwrite', 'replace a file that is there');
  return addFlags(command, [overwrite, ...displayFlags()]);
}

function ledgerOf(
  options: Pick<LedgerFlags, 'output' | 'overwrite'> & { readonly edited: string },
): ParsedCommand<LedgerReport> {
  return {
    work: async ({ signal }) => {
      const { exportLedger } = await import('../../pipelines/export-ledger.ts');
      return await exportLedger({ ...options, signal });
    },
    render: ({ edits, files, output, bytes }) =>
      `${formatCounted(edits, 'edit')} of ${formatCounted(files, 'file')} in ${shownPath(output)}, ${formatBytes(bytes)}`,
  };
}

const ledgerHelp = `
Examples:
  toedit edit corpus/ --output edited/
  toedit ledger edited/ --output edits.parquet

Exit codes: 0 done; 1 failed, but may work the next time; 2 wrong request; 3 a record is damaged.`;

type RevertFlags = Omit<CorpusFlags, 'ledger'> & { readonly ledger?: string | undefined };

/** `toedit revert EDITED --output DIR`. */
export function revertCommand(run: RunCommand): Command {
  const command = new Command('revert')
    .description(
      'Take the edits of a run back: every text becomes, to the byte, what it was, or its file fails.',
    )
    .argument('<edited>', 'the output directory of toedit edit or resample')
    .requiredOption('-o, --output <dir>', 'output directory; it mirrors the edited one (required)')
    .addHelpText('after', revertHelp)
    .action((edited: string, { ledger, ...flags }: RevertFlags) => {
      const { options, settings } = corpusRequest([], flags);
      const { inputs: _, ...others } = options;
      const request = { ...others, edited, ledger };
      // No prior is opened, from the hub or elsewhere.
      const revert: CorpusWork = async (all) => {
        const { hub: _, ...hooks } = all;
        const { revertCorpus } = await import('../../pipelines/revert-corpus.ts');
        return revertCorpus({ ...request, ...hooks });
      };
      return run(corpusRun(revert, settings, request), settings);
    });
  const ledger =
    "take the edits from this file of toedit ledger (default: from the run's own record)";
  addFlags(command, [new Option('--ledger <file>', ledger)]);
  addFlagsOf(command, 'Run:', ['--overwrite', '--files-in-flight', '--max-bad-files', '--grace']);
  return addFlags(command, displayFlags('print errors only'), 'Display:');
}

const revertHelp = `
Examples:
  toedit revert edited/ --output original/
  toedit ledger edited/ --output edits.parquet
  toedit revert edited/ --output original/ --ledger edits.parquet
${exitHelp}`;
