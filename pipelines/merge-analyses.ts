import type { AnalysisReport, FailedInput } from '../src/analysis/analysis-report.ts';
import { addFile, newSetStates, reportOf, type SetStates } from '../src/analysis/report-sets.ts';
import { ToeditError } from '../src/errors.ts';
import { requireNames } from '../src/options.ts';
import {
  type AnalysisPlan,
  type KeptState,
  keepReport,
  otherDefinition,
  type PlannedSet,
  readFailure,
  readPlan,
  readState,
} from './analysis/analysis-store.ts';

/** Settings of {@link mergeAnalyses}. */
export interface MergeAnalysesOptions {
  /** Output directories of analyses of one definition. */
  readonly from: readonly string[];
  /** Where the report is written. @defaultValue nowhere */
  readonly output?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Puts the states of several analyses together, such as those of shards: the report is that of one analysis of all their files, to the
 * last bit. A file that several have counts once.
 *
 * @throws ToeditError `MANIFEST_MISSING`; `MANIFEST_CONFLICT` where definitions or the priors of a corpus differ, a file is not analysed yet, or two states of
 *   a file are of different contents; `FILE_CORRUPT`; `WRITE_FAILED`; the signal's reason.
 */
export async function mergeAnalyses(options: MergeAnalysesOptions): Promise<AnalysisReport> {
  requireNames('mergeAnalyses', options, { from: true, output: true, signal: true });
  const { from, output, signal } = options;
  const plans: AnalysisPlan[] = [];
  for (const directory of from) plans.push(await readPlan(directory));
  const definition = plans[0]?.definition ?? '';
  const other = plans.findIndex((plan) => plan.definition !== definition);
  if (other !== -1) throw otherDefinition(`${from[other] ?? ''}, unlike ${from[0] ?? ''},`);
  const sets: SetStates[] = [];
  const failed: FailedInput[] = [];
  for (const { name, inputs } of joinedSets(plans)) {
    const set = newSetStates(name);
    for (const input of inputs) {
      signal?.throwIfAborted();
      const found = await stateIn(from, { definition, set: name, input });
      if ('code' in found) failed.push(found);
      else addFile(set, found.groups);
    }
    sets.push(set);
  }
  return await keepReport(reportOf(sets, { definition, failed, pending: 0 }), output);
}

function joinedSets(plans: readonly AnalysisPlan[]): readonly PlannedSet[] {
  const names = new Set(plans.flatMap(({ sets }) => sets.map(({ name }) => name)));
  return [...names].map((name) => {
    const own = plans.flatMap(({ sets }) => sets.filter((set) => set.name === name));
    requireOneScoring(name, own);
    const inputs = new Set(own.flatMap((set) => set.inputs));
    return { name, inputs: [...inputs].toSorted((a, b) => (a < b ? -1 : 1)) };
  });
}

/** A perplexity of two priors is of none. */
function requireOneScoring(name: string, parts: readonly PlannedSet[]): void {
  const scorings = parts.filter(({ inputs }) => inputs.length > 0);
  if (new Set(scorings.map(({ scoring }) => scoring ?? null)).size <= 1) return;
  const message = `${name} was not scored by one prior in one way in all of these: analyse under different names (--as) what is to be compared`;
  throw new ToeditError('MANIFEST_CONFLICT', message);
}

async function stateIn(
  directories: readonly string[],
  of: { readonly definition: string; readonly set: string; readonly input: string },
): Promise<KeptState | FailedInput> {
  let found: KeptState | null = null;
  for (const directory of directories) {
    const state = await readState(directory, of);
    if (found !== null && state !== null && found.of.fingerprint !== state.of.fingerprint) {
      throw new ToeditError(
        'MANIFEST_CONFLICT',
        `${of.input} of ${of.set} in ${directory} is another file than in those before: analyse it again, or merge without`,
      );
    }
    found ??= state;
  }
  if (found !== null) return found;
  for (const directory of directories) {
    const failure = await readFailure(directory, of);
    if (failure !== null) return failure;
  }
  throw new ToeditError(
    'MANIFEST_CONFLICT',
    `${of.input} of ${of.set} is not analysed yet: run the shard that has it`,
  );
}
