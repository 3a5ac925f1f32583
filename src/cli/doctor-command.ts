import { Command, Option } from 'commander';
import type { DiagnoseOptions } from '../../pipelines/diagnose.ts';
import { renderDiagnosis } from '../report/render-diagnosis.ts';
import type { Diagnosis } from '../tuning/diagnosis.ts';
import type { ParsedCommand, RunCommand } from './command.ts';
import { exitCodeOfError, exitCodes } from './exit-codes.ts';
import {
  addFlags,
  countFlag,
  type DisplayFlags,
  deviceFlag,
  devicesFlag,
  displayFlags,
  dtypeFlag,
  parseDecimal,
  splitDisplay,
} from './flags.ts';

type DoctorFlags = Omit<DiagnoseOptions, 'signal' | 'hub' | 'onNotice'> & DisplayFlags;

/** `toedit doctor`. */
export function doctorCommand(run: RunCommand): Command {
  const command = new Command('doctor')
    .description('Show what this machine can do, and measure which micro-batches suit a prior.')
    .addHelpText('after', doctorHelp)
    .action((flags: DoctorFlags) => {
      const { options, display } = splitDisplay(flags);
      return run(diagnosisOf(options), display);
    });
  return addFlags(command, [...doctorFlags(), ...displayFlags()]);
}

function doctorFlags(): readonly Option[] {
  return [
    new Option(
      '--model <dir|name>',
      'directory of the prior, or its name on the hub (default: the bundled tiny one)',
    ),
    dtypeFlag(),
    new Option(
      '--model-file <path>',
      "the prior's graph, by file name (default: chosen by --dtype)",
    ),
    deviceFlag('kind of device to measure on (default: cpu)'),
    devicesFlag(),
    countFlag('--threads <n>', 'inference threads (default: all cores)'),
    new Option('--tokens <n>', 'tokens of a corpus, such as 1e9: how long it takes').argParser(
      parseDecimal,
    ),
    new Option(
      '--price-per-hour <n>',
      'what an hour of this machine costs: what the corpus costs',
    ).argParser(parseDecimal),
  ];
}

function diagnosisOf(options: DiagnoseOptions): ParsedCommand<Diagnosis> {
  return {
    work: async ({ signal, hub, notice }) => {
      const { diagnose } = await import('../../pipelines/diagnose.ts');
      return await diagnose({ ...options, signal, hub, onNotice: notice });
    },
    render: renderDiagnosis,
    exitCodeOf: ({ error }) => (error === null ? exitCodes.done : exitCodeOfError(error.code)),
  };
}

const doctorHelp = `
Examples:
  toedit doctor
  toedit doctor --model models/smollm2-135m --device webgpu
  toedit doctor --model models/smollm2-135m --threads 8 --json
  toedit doctor --model models/smollm2-135m --tokens 1e9 --price-per-hour 2.5

Each device runs the bundled prior in a process of its own; log-probabilities that differ by more than 0.05 from the CPU's are wrong. Measuring takes seconds. The result is kept in ~/.cache/toedit for later runs of this prior with these devices and threads.
Exit codes: 0 done; 2 the prior or its device cannot be opened.`;
