import type { PlanCorpusOptions } from '../../pipelines/plan-corpus.ts';
import { formatBytes, formatCounted } from '../report/format-quantity.ts';
import type { Manifest } from '../run/manifest/manifest.ts';
import type { Display } from './corpus-flags.ts';
import { exitCodes } from './exit-codes.ts';
import { printError } from './print-error.ts';
import type { Streams } from './run-job.ts';

/** Plans a run, prints what it is, and resolves with the exit code. Never rejects. */
export async function runPlan(
  plan: (options: PlanCorpusOptions) => Promise<Manifest>,
  options: PlanCorpusOptions,
  { display, streams }: { readonly display: Display; readonly streams: Streams },
): Promise<number> {
  try {
    const manifest = await plan(options);
    const { tasks, skipped, ...run } = manifest;
    const bytes = tasks.reduce((sum, task) => sum + task.bytes, 0);
    const facts = { ...run, tasks: tasks.length, bytes, skipped };
    if (display.json) streams.stdout.write(`${JSON.stringify(facts)}\n`);
    else if (!display.quiet) streams.stdout.write(describe(manifest, bytes, options.output));
    return exitCodes.done;
  } catch (error) {
    return printError(error, display, streams);
  }
}

function describe({ tasks, skipped, prior }: Manifest, bytes: number, output: string): string {
  const unknown = tasks.filter(({ format }) => format === null).length;
  return [
    `planned: ${formatCounted(tasks.length, 'file')}, ${formatBytes(bytes)}`,
    ...(unknown === 0 ? [] : [`  ${formatCounted(unknown, 'file')} cannot be read, and will fail`]),
    ...(skipped.length === 0 ? [] : [`  left out: ${formatCounted(skipped.length, 'file')}`]),
    `  prior  ${prior.name}, ${prior.modelFile}, ${prior.precision}, ${prior.device}`,
    `  carry it out: toedit run ${output}, in as many processes as you like, or with --shard i/n`,
    '',
  ].join('\n');
}
