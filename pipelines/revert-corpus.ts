import { resolve } from 'node:path';
import { refuseOverwritten } from '../src/files/list-inputs.ts';
import type { RunSummary } from '../src/metrics/summary.ts';
import { badOption, type OptionNames, requireNames } from '../src/options.ts';
import { type Manifest, makeManifest } from '../src/run/manifest/manifest.ts';
import { planTasks } from '../src/run/manifest/plan-tasks.ts';
import { version } from '../src/version.ts';
import { runTasks } from './executor/run-tasks.ts';
import { freezeRun } from './planning/prepare-run.ts';
import { orWithdraw } from './planning/withdraw-run.ts';
import { type CorpusOptions, optionsOfManifest, outputOptions } from './stages/corpus-options.ts';
import { readEditedRun } from './stages/edited-run.ts';
import { openEditLedger } from './stages/ledger-file.ts';

/** What `revertCorpus` takes. */
export interface RevertCorpusOptions
  extends Pick<
    CorpusOptions,
    | 'output'
    | 'overwrite'
    | 'filesInFlight'
    | 'maxBadFiles'
    | 'stop'
    | 'signal'
    | 'onProgress'
    | 'onNotice'
  > {
  /** The output directory of a run that edited, and is done. */
  readonly edited: string;
  /** A ledger that `exportLedger` wrote of that run, to take the edits from. @defaultValue the run's own record */
  readonly ledger?: string | undefined;
}

const revertCorpusOptionNames: OptionNames<RevertCorpusOptions> = {
  edited: true,
  ledger: true,
  output: true,
  overwrite: true,
  filesInFlight: true,
  maxBadFiles: true,
  stop: true,
  signal: true,
  onProgress: true,
  onNotice: true,
};

/**
 * Takes the edits of a run back: its outputs are read, and each text becomes the one that was edited, by the record that the run
 * kept. The text must have the hash that is recorded of the original, and the file be the one that the run wrote; else the file fails,
 * and nothing of it is written.
 *
 * It is a run like every other, and continues where it was when it is called again with the same options.
 *
 * @throws ToeditError `BAD_OPTION` where the run kept no record, or its outputs have columns of its own; `MANIFEST_MISSING` where there
 *   is no run; `MANIFEST_CONFLICT` where it is not at its end; as `editCorpus`.
 */
export async function revertCorpus(options: RevertCorpusOptions): Promise<RunSummary> {
  requireNames('revertCorpus', options, revertCorpusOptionNames);
  const { output, overwrite, filesInFlight, maxBadFiles, stop, signal, onProgress, onNotice } =
    options;
  const others = {
    ...{ output, overwrite, filesInFlight, maxBadFiles, stop, signal, onProgress, onNotice },
  };
  const wanted = await planReverting(options);
  const run = await freezeRun(wanted, { ...others, inputs: [] });
  return await orWithdraw(run, others, () => runTasks(run.manifest, others));
}

async function planReverting({
  edited: directory,
  ledger: path,
  output,
  signal,
}: RevertCorpusOptions): Promise<Manifest> {
  const run = await readEditedRun(directory, { needsEnd: true });
  const { manifest, outputs, failed } = run;
  const { textColumn, roles, roleField, maxTextBytes, report } = optionsOfManifest(manifest);
  if (report === true) {
    const remedy = 'its outputs have a column of edits (--report); edit the corpus without that';
    throw badOption('edited', directory, remedy);
  }
  const ledger = path === undefined ? undefined : await openEditLedger(resolve(path), run);
  const inputs = outputs.map(({ report: { output: path }, relativePath }) => ({
    ...{ path, relativePath, explicit: true },
  }));
  await refuseOverwritten(inputs, output);
  const wanted = outputOptions('revert', {
    ...{ inputs: [], output, textColumn, roles, roleField, maxTextBytes },
  });
  const identity = {
    ...{ version, command: 'revert' as const, prior: manifest.prior },
    options: { ...wanted, editedRun: manifest.id, editsDigest: ledger?.digest ?? null },
  };
  const skipped = failed.map(({ input, error }) => ({
    ...{ path: input, reason: `it was not edited: ${error?.message ?? 'it failed'}` },
  }));
  const tasks = await planTasks(inputs, { signal });
  return makeManifest(identity, {
    tasks,
    skipped,
    edited: resolve(directory),
    ledger: ledger?.path,
  });
}
