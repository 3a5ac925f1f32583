import { requireNames } from '../src/options.ts';
import type { Manifest } from '../src/run/manifest/manifest.ts';
import { prepareRun } from './planning/prepare-run.ts';
import {
  editCorpusOptionNames,
  type RunCorpusOptions,
  scoreCorpusOptionNames,
} from './stages/corpus-options.ts';

/** What `planCorpus` takes. */
export interface PlanCorpusOptions extends RunCorpusOptions {
  /** @defaultValue 'edit' */
  readonly command?: 'edit' | 'score' | undefined;
}

/**
 * Freezes a run into its output directory without beginning it: `runShard` then carries it out, in as many processes as
 * one likes.
 *
 * @returns the manifest that was written, or the one that is there where the same run was planned before.
 * @throws ToeditError as `editCorpus`.
 */
export async function planCorpus(request: PlanCorpusOptions): Promise<Manifest> {
  requireNames('planCorpus', request, {
    ...editCorpusOptionNames,
    ...scoreCorpusOptionNames,
    command: true,
  });
  const { command = 'edit', ...options } = request;
  return (await prepareRun(command, options)).manifest;
}
