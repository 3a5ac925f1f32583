import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AnalysisReport, FailedInput } from '../../src/analysis/analysis-report.ts';
import type { GroupedStates } from '../../src/analysis/part-state.ts';
import { decodeState, encodeState, type StateOf } from '../../src/analysis/state-file.ts';
import { corruptFile, isErrno, ToeditError } from '../../src/errors.ts';
import { commitFile } from '../../src/files/commit-file.ts';
import { staysBelow } from '../../src/files/inside.ts';
import { fileUnreadable } from '../../src/files/read-bytes.ts';

/** What an analysis is of: kept beside its states. */
export interface AnalysisPlan {
  /** See `definitionOf`. */
  readonly definition: string;
  readonly sets: readonly PlannedSet[];
}

/** A corpus and its files. */
export interface PlannedSet {
  readonly name: string;
  /** Below the corpus, with `/` between names, in the order of their names. */
  readonly inputs: readonly string[];
  /** What scored them, as a hash; null or absent where they are texts, or there are none. */
  readonly scoring?: string | null | undefined;
}

/** Where an analysis keeps its states, below its output directory. */
const directoryName = '.toedit-analysis';

/** Writes the plan, in the place of one that is there. */
export async function writePlan(directory: string, plan: AnalysisPlan): Promise<void> {
  await writeText(planPath(directory), JSON.stringify(plan));
}

/** Writes a file whole, in the place of one that is there. */
async function writeText(path: string, text: string | Uint8Array): Promise<void> {
  await commitFile(path, { overwrite: true }, (temporaryPath) => writeFile(temporaryPath, text));
}

/**
 * The plan of an analysis.
 *
 * @throws ToeditError `MANIFEST_MISSING` or `FILE_CORRUPT`.
 */
export async function readPlan(directory: string): Promise<AnalysisPlan> {
  const plan = await findPlan(directory);
  if (plan !== null) return plan;
  const message = `${directory} holds no analysis: name the --output of toedit analyse`;
  throw new ToeditError('MANIFEST_MISSING', message, { place: { file: directory } });
}

/** The same; null where there is none. */
export async function findPlan(directory: string): Promise<AnalysisPlan | null> {
  const path = planPath(directory);
  const bytes = await readIfThere(path);
  if (bytes === null) return null;
  try {
    const plan = JSON.parse(bytes.toString()) as AnalysisPlan;
    requirePlan(plan);
    return plan;
  } catch (cause) {
    throw corruptFile(
      { file: path },
      ' is no plan of an analysis: remove it, and analyse again',
      cause,
    );
  }
}

/** Names become paths: one that leads out of the directory is none. */
function requirePlan({ definition, sets }: AnalysisPlan): void {
  const paths = sets.flatMap(({ name, inputs }) => inputs.map((input) => `${name}/${input}`));
  if (typeof definition !== 'string' || !paths.every(staysBelow)) throw new RangeError('no plan');
}

function planPath(directory: string): string {
  return join(directory, directoryName, 'plan.json');
}

function statePath(directory: string, { set, input }: Pick<StateOf, 'set' | 'input'>): string {
  return join(directory, directoryName, 'states', set, `${input}.json.gz`);
}

/** Keeps the state of a file. */
export async function writeState(
  directory: string,
  of: StateOf,
  groups: GroupedStates,
): Promise<void> {
  await writeText(statePath(directory, of), encodeState(of, groups));
}

/** The state of a file, and the content that it is of. */
export interface KeptState {
  readonly of: StateOf;
  readonly groups: GroupedStates;
}

/** The state of a file; null where it is not there yet. */
export async function readState(
  directory: string,
  { definition, ...of }: Omit<StateOf, 'fingerprint'>,
): Promise<KeptState | null> {
  const path = statePath(directory, of);
  const bytes = await readIfThere(path);
  if (bytes === null) return null;
  const state = decodeState(bytes, path, definition);
  if (state.of.set === of.set && state.of.input === of.input) return state;
  throw corruptFile(
    { file: path },
    `: it is the state of ${state.of.input}; remove it, and analyse again`,
  );
}

/** Keeps why a file could not be analysed. It is tried again all the same; where there is a state, that counts. */
export async function writeFailure(
  directory: string,
  of: Pick<StateOf, 'set' | 'input'>,
  failure: FailedInput,
): Promise<void> {
  await writeText(failurePath(directory, of), JSON.stringify(failure));
}

/** Why a file could not be analysed; null where nothing is known of that. */
export async function readFailure(
  directory: string,
  of: Pick<StateOf, 'set' | 'input'>,
): Promise<FailedInput | null> {
  const bytes = await readIfThere(failurePath(directory, of));
  return bytes === null ? null : (JSON.parse(bytes.toString()) as FailedInput);
}

function failurePath(directory: string, { set, input }: Pick<StateOf, 'set' | 'input'>): string {
  return join(directory, directoryName, 'failures', set, `${input}.json`);
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return null;
    throw fileUnreadable(path, error);
  }
}

/** Where an output's report lies. */
const reportName = 'analysis.json';

/** Writes a report into its output, where there is one. Returns it. */
export async function keepReport(
  report: AnalysisReport,
  output: string | undefined,
): Promise<AnalysisReport> {
  if (output !== undefined)
    await writeText(join(output, reportName), `${JSON.stringify(report)}\n`);
  return report;
}

/** An analysis that cannot go on in a directory, or be merged with another. */
export function otherDefinition(directory: string): ToeditError {
  const message = `${directory} holds an analysis by another definition: analyse with the same text column, groups and limit and the same version of toedit, or into another directory`;
  return new ToeditError('MANIFEST_CONFLICT', message, { place: { file: directory } });
}
