import { posix } from 'node:path';
import { dataFileMatcher, literalPattern } from '../../dataset/match-data-files.ts';
import { type DatasetConfig, fromRoot } from '../../dataset/split-files.ts';
import type { OptionValue } from '../../run/manifest/manifest.ts';

/** What becomes of an input of a data set. */
export interface DatasetFile {
  /** Where it lies below the data set's directory, with `/` between names. */
  readonly input: string;
  /** Where its output lies, or will, below the output directory; of an archive, the directory. */
  readonly output: string;
  readonly isArchive: boolean;
  /** Whether anything was written of it, were it no row. */
  readonly isWritten: boolean;
  /** Rows that were written. */
  readonly rows: number;
  /** Bytes of the files that were written. */
  readonly bytes: number;
}

/** What decides where outputs lie. */
interface Outputs {
  readonly files: readonly DatasetFile[];
  /** What was asked for as the format of all outputs. */
  readonly format: OptionValue | undefined;
}

/**
 * The patterns that stand for the outputs of the files a pattern of a configuration stands for, and for no other output: the pattern
 * itself wherever it does.
 */
export function movedPatterns(
  config: DatasetConfig,
  pattern: string,
  { files, format }: Outputs,
): readonly string[] {
  const matches = dataFileMatcher(fromRoot(config, pattern));
  const wanted = files.filter(({ input }) => matches(input));
  if (wanted.length === 0) return [pattern];
  const isWanted = new Set(wanted);
  const fits = (candidate: string): boolean => {
    const matchesOutput = dataFileMatcher(fromRoot(config, candidate));
    return files.every((file) =>
      placesOf(file).every((place) => matchesOutput(place) === isWanted.has(file)),
    );
  };
  const likely = [pattern, pattern.replace(extensions, `.${String(format)}`), `${pattern}/**`];
  const found = likely.find(fits);
  return found === undefined ? wanted.map((file) => patternOf(config, file)) : [found];
}

const extensions = /\.[a-z]+(?:\.(?:gz|zst))?$/i;

function patternOf({ directory }: DatasetConfig, { output, isArchive }: DatasetFile): string {
  return literalPattern(posix.relative(directory, output)) + (isArchive ? '/**' : '');
}

/** Of an archive two places that stand for all below its directory, since its members are not known before it is read. */
function placesOf({ output, isArchive }: DatasetFile): readonly string[] {
  return isArchive ? [`${output}/a`, `${output}/a/a`] : [output];
}
