import { createHash } from 'node:crypto';
import { relative, sep } from 'node:path';
import type { GroupedStates } from '../../src/analysis/part-state.ts';
import { ToeditError } from '../../src/errors.ts';
import { listInputs } from '../../src/files/list-inputs.ts';
import { badOption } from '../../src/options.ts';
import type { Manifest } from '../../src/run/manifest/manifest.ts';
import { readManifest } from '../../src/run/manifest/read-manifest.ts';
import { statePaths } from '../../src/run/run-paths.ts';
import { optionsOfManifest } from '../stages/corpus-options.ts';
import { readVocabulary, scoreFileExtension } from '../stages/score-files.ts';
import { readScoredRun } from '../stages/scored-run.ts';
import { type MeasureOptions, measureScores, measureTexts } from './measure-file.ts';
import { requireName } from './read-texts.ts';

/** A corpus by its name. */
export interface NamedCorpus {
  /** Letters, digits, `-`, `_` and `.`, a letter or digit first. */
  readonly name: string;
  /** Files, directories or globs of texts; or the output directory of one score run that kept candidates. */
  readonly inputs: readonly string[];
}

/** A file to be measured. */
export interface SetFile {
  readonly set: string;
  /** Below its corpus, with `/` between names. */
  readonly input: string;
  readonly path: string;
  /** What scored the file: see `scoringOf`. Null of a file of texts. */
  readonly scoring: string | null;
  /** Throws a `ToeditError` where the file cannot be opened by its name. */
  readonly requireName: () => void;
  readonly measure: (options: MeasureOptions) => Promise<GroupedStates>;
}

/**
 * The files of corpora, those of each in the order of their names.
 *
 * @param groupBy - the column that texts are grouped by; null where they are not
 * @param output - where states are kept: no input may lie in its place
 * @throws ToeditError `BAD_OPTION`; as `listInputs` and `readScoredRun`.
 */
export async function listSets(
  sets: readonly NamedCorpus[],
  groupBy: string | null,
  output?: string,
): Promise<readonly SetFile[]> {
  requireNamed(sets);
  const files: SetFile[] = [];
  for (const set of sets) {
    const [only = '', ...more] = set.inputs;
    const isScores = more.length === 0 && (await isScored(only));
    if (isScores && groupBy !== null) {
      throw badOption(
        'groupBy',
        groupBy,
        `${only} holds scores, which have no such column: group a corpus of texts`,
      );
    }
    const found = isScores ? await scoreFiles(set.name, only) : await textFiles(set, output);
    files.push(...found.toSorted((one, other) => (one.input < other.input ? -1 : 1)));
  }
  return files;
}

function requireNamed(sets: readonly NamedCorpus[]): void {
  if (sets.length === 0) throw badOption('sets', 'empty', 'name a corpus');
  const names = sets.map(({ name }) => name);
  for (const name of names) {
    if (!/^[A-Za-z0-9][\w.-]{0,99}$/.test(name)) {
      throw badOption(
        'the name of a set',
        JSON.stringify(name),
        'write it in letters, digits, -, _ and .',
      );
    }
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw badOption('the name of two sets', twice, 'name each differently');
}

async function isScored(directory: string): Promise<boolean> {
  try {
    return (await readManifest(statePaths(directory).manifest)).command === 'score';
  } catch (error) {
    if (error instanceof ToeditError && error.code === 'MANIFEST_MISSING') return false;
    throw error;
  }
}

async function textFiles({ name, inputs }: NamedCorpus, output?: string): Promise<SetFile[]> {
  const found = await listInputs(inputs, { output });
  return found.inputs.map((input) => ({
    ...{ set: name, input: input.relativePath, path: input.path, scoring: null },
    requireName: () => {
      requireName(input);
    },
    measure: (options) => measureTexts(input, options),
  }));
}

async function scoreFiles(set: string, directory: string): Promise<SetFile[]> {
  const { manifest, paths, tasks } = await readScoredRun(directory);
  const tokenBytes = await readVocabulary(paths.vocabulary, manifest.id);
  const scoring = scoringOf(manifest);
  const outputs = tasks.flatMap(({ state }) => state.outputs);
  return outputs
    .flatMap(({ status, output }) => (status === 'done' && output !== null ? [output] : []))
    .map((path) => {
      const below = relative(paths.output, path).split(sep).join('/');
      const relativePath = below.slice(0, -scoreFileExtension.length);
      const file = { path, tokenBytes, run: manifest.id, relativePath };
      return {
        ...{ set, input: relativePath, path, scoring, requireName: always },
        measure: (options: MeasureOptions) => measureScores(file, options),
      };
    });
}

/** SHA-256 of what decides what a prior says of a text, in hexadecimal: scores of one corpus are all of the same. */
function scoringOf({ prior, ...manifest }: Manifest): string {
  const { modelFingerprint, tokenizerFingerprint } = prior;
  const { bos, windowTokens, minContextTokens } = optionsOfManifest({ prior, ...manifest });
  const decides = [modelFingerprint, tokenizerFingerprint, bos, windowTokens, minContextTokens];
  return createHash('sha256').update(JSON.stringify(decides)).digest('hex');
}

/** toedit has given the file its name. */
function always(): void {
  // Nothing to refuse.
}
