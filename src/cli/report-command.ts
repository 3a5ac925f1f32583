import { Command, Option } from 'commander';
import type { ReportRunsOptions, WrittenReport } from '../../pipelines/report-run.ts';
import { renderWrittenReport } from '../report/render-report.ts';
import type { ParsedCommand, RunCommand } from './command.ts';
import { shownPath } from './display.ts';
import { addFlags, type DisplayFlags, displayFlags, splitDisplay } from './flags.ts';

type ReportFlags = DisplayFlags & Omit<ReportRunsOptions, 'inputs' | 'signal'>;

/** `toedit report RUN...`. */
export function reportCommand(run: RunCommand): Command {
  const command = new Command('report')
    .description(
      'Show runs in one HTML page, which opens in any browser: findings, plots, edited passages.',
    )
    .argument(
      '<dir...>',
      'the output directories of runs or of toedit analyse, or what toedit select --json printed; 8 at most',
    )
    .addHelpText('after', reportHelp)
    .action((inputs: string[], flags: ReportFlags) => {
      const { options, display } = splitDisplay(flags);
      return run(reportOf({ ...options, inputs }), display);
    });
  return addFlags(command, [
    new Option('--output <file>', 'the page; a JSON file of its numbers comes beside it').default(
      'report.html',
    ),
    new Option('--overwrite', 'replace a report that is there'),
    new Option('--no-sweep', 'do not compare settings, which reads all scores of a scored run'),
    ...displayFlags(),
  ]);
}

function reportOf(options: ReportRunsOptions): ParsedCommand<WrittenReport> {
  return {
    work: async ({ signal }) => {
      const { reportRuns } = await import('../../pipelines/report-run.ts');
      return await reportRuns({ ...options, signal });
    },
    render: (report) => renderWrittenReport({ ...report, output: shownPath(report.output) }),
  };
}

const reportHelp = `
Examples:
  toedit report edited/
  toedit report scored/ edited/ --output both.html --overwrite
  toedit report edited/ analysis/ --output measured.html

The page needs nothing beside it. The JSON file (report.json) holds every number that the page shows.
Exit codes: 0 the report is written; 2 the request is at fault, such as a directory without a run; 3 a run's state is damaged.`;
