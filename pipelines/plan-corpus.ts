import type { Manifest } from '../src/run/manifest/manifest.ts';
import { prepareRun } from './executor/prepare-run.ts';
import type { EditCorpusOptions } from './stages/corpus-options.ts';

/** What `planCorpus` takes. */
export interface PlanCorpusOptions extends EditCorpusOptions {
  /** @defaultValue 'edit' */
  readonly command?: Manifest['command'] | undefined;
}

/**
 * Freezes a run into its output directory without beginning it: `runShard` then carries it out, in as many processes as
 * one likes.
 *
 * @returns the manifest that was written, or the one that is there where the same run was planned before.
 * @throws ToeditError as `editCorpus`.
 */
export async function planCorpus({
  command = 'edit',
  ...options
}: PlanCorpusOptions): Promise<Manifest> {
  return (await prepareRun(command, options)).manifest;
}
