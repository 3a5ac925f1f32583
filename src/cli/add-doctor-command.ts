import { type Command, Option } from 'commander';
import type { DiagnoseOptions } from '../../pipelines/diagnose.ts';
import { isUsageCode } from '../errors.ts';
import type { Diagnosis } from '../report/diagnosis.ts';
import { renderDiagnosis } from '../report/render-diagnosis.ts';
import type { CommandContext } from './add-status-command.ts';
import { dtypeOption } from './dtype-option.ts';
import { exitCodes } from './exit-codes.ts';
import { listenForInterruption } from './interruption.ts';
import { parseCount, parseList } from './parse-value.ts';
import { printError } from './print-error.ts';
import type { Streams } from './run-job.ts';

type DoctorFlags = Pick<
  DiagnoseOptions,
  'model' | 'modelFile' | 'dtype' | 'device' | 'devices' | 'threads'
> & {
  readonly json?: boolean;
  readonly verbose?: boolean;
};

/** Declares `toedit doctor`. */
export function addDoctorCommand(program: Command, context: CommandContext): void {
  program
    .command('doctor')
    .description('Tell what this machine can do, and measure which micro-batches suit a prior.')
    .option('--model <dir>', 'the prior (default: the embedded tiny one)')
    .addOption(dtypeOption())
    .option('--model-file <path>', 'its graph, by name (default: as --dtype)')
    .addOption(
      new Option('--device <kind>', 'where it is measured (default: cpu)').choices([
        'cpu',
        'cuda',
        'webgpu',
      ]),
    )
    .addOption(
      new Option('--devices <list>', 'as for edit (default: one engine)').argParser(parseList),
    )
    .addOption(
      new Option('--threads <n>', 'inference threads (default: all cores)').argParser(parseCount),
    )
    .option('--json', 'print one JSON object on stdout, and nothing else')
    .option('--verbose', 'print stack traces')
    .addHelpText('after', doctorHelp)
    .action(async (flags: DoctorFlags) => {
      context.setExitCode(await showDiagnosis(flags, context.streams));
    });
}

async function showDiagnosis(flags: DoctorFlags, streams: Streams): Promise<number> {
  const { json = false, verbose = false, ...options } = flags;
  using interruption = listenForInterruption(0);
  const { stop: signal } = interruption;
  const onNotice = (notice: string): void => {
    streams.stderr.write(`toedit: ${notice}\n`);
  };
  try {
    const diagnosis = await diagnose({ ...options, signal, onNotice });
    streams.stdout.write(`${json ? JSON.stringify(diagnosis) : renderDiagnosis(diagnosis)}\n`);
    if (diagnosis.error === null) return exitCodes.done;
    return isUsageCode(diagnosis.error.code) ? exitCodes.usage : exitCodes.failed;
  } catch (error) {
    if (signal.aborted) return exitCodes.interrupted;
    return printError(error, { json, verbose, quiet: false }, streams);
  }
}

/** Loaded apart: TypeScript 6.0 does not rewrite the path of an import within a function that has a `using`. */
async function diagnose(options: DiagnoseOptions): Promise<Diagnosis> {
  const pipeline = await import('../../pipelines/diagnose.ts');
  return await pipeline.diagnose(options);
}

const doctorHelp = `
Examples:
  toedit doctor
  toedit doctor --model models/smollm2-135m --device webgpu
  toedit doctor --model models/smollm2-135m --threads 8 --json

What is measured takes seconds, and is remembered in ~/.cache/toedit for later runs of this prior with these
devices and threads. Exits with 0, or with 2 where the prior or its device cannot be opened.`;
