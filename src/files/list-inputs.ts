import { join, resolve } from 'node:path';
import { isStoreError, ToeditError } from '../errors.ts';
import { isAddress } from '../stores/address.ts';
import { bookkeepingReason } from './bookkeeping.ts';
import { detectFormat } from './detect-format.ts';
import {
  type FoundFiles,
  findFiles,
  type InputFile,
  type Refuse,
  type SkippedInput,
} from './find-files.ts';
import { findObjects } from './find-objects.ts';
import { hasDataExtension, reasonLeftOut } from './foreign-formats.ts';
import { realPathOf } from './inside.ts';
import { readBytes } from './read-bytes.ts';

/** What {@link listInputs} finds. */
export interface InputList {
  /** In the order of the patterns, and for each in that of the paths' bytes. No file is there twice. */
  readonly inputs: readonly InputFile[];
  /** What was met and left out. */
  readonly skipped: readonly SkippedInput[];
}

/** Options of {@link listInputs}. */
export interface ListInputsOptions {
  /** The output directory: it is no input, and two inputs may not have one place in it. */
  readonly output?: string | undefined;
}

/**
 * The files that paths and globs stand for. A file without one of the data extensions that was not named itself counts
 * only where its content is data; one that was named, or has such an extension, is an input whatever it holds. What tools
 * keep beside their data is left out, unless it was named.
 *
 * @param patterns - files, directories (with all below them) or globs; or addresses of objects, prefixes or globs in object stores.
 * @throws ToeditError `INPUT_NOT_FOUND` where a pattern gives no input; `BAD_OPTION` where inputs contradict each other or
 * the output directory; `FILE_UNREADABLE`; of object stores as `findObjects`.
 */
export async function listInputs(
  patterns: readonly string[],
  { output }: ListInputsOptions = {},
): Promise<InputList> {
  const inputs = new Map<string, InputFile>();
  const skipped = new Map<string, SkippedInput>();
  for (const pattern of patterns) {
    const found = await listPattern(pattern, output);
    for (const skip of found.skipped) skipped.set(placeOf(skip.path), skip);
    for (const input of found.inputs) {
      const known = inputs.get(placeOf(input.path)) ?? input;
      inputs.set(placeOf(input.path), { ...known, explicit: known.explicit || input.explicit });
    }
  }
  for (const path of inputs.keys()) skipped.delete(path);
  const all = [...inputs.values()];
  refuseSharedPlace(all);
  if (output !== undefined) await refuseOverwritten(all, output);
  return { inputs: all, skipped: [...skipped.values()] };
}

/** An absolute path, or an address. */
export function placeOf(path: string): string {
  return isAddress(path) ? path : resolve(path);
}

async function listPattern(pattern: string, output: string | undefined): Promise<InputList> {
  if (isAddress(pattern)) {
    const refuse: Refuse = (_, name, siblings) => bookkeepingReason(name, siblings);
    return await onlyData(pattern, await findObjects(pattern, refuse));
  }
  const outputPath = output === undefined ? undefined : resolve(output);
  const realOutput = outputPath && (await realPathOf(outputPath));
  if (outputPath !== undefined && (await realPathOf(pattern)) === realOutput) {
    throw badOption(`${pattern} is both an input and the output directory; write to another one`);
  }
  const refuse: Refuse = (path, name, siblings) =>
    [outputPath, realOutput].includes(resolve(path))
      ? 'the output directory'
      : bookkeepingReason(name, siblings);
  return await onlyData(pattern, await findFiles(pattern, refuse));
}

async function onlyData(pattern: string, { files, skipped }: FoundFiles): Promise<InputList> {
  const inputs: InputFile[] = [];
  const others: SkippedInput[] = [];
  for (const file of files) {
    if (file.explicit || hasDataExtension(file.path) || (await isData(file))) {
      inputs.push(file);
    } else others.push({ path: file.path, reason: reasonLeftOut(file.path) });
  }
  if (inputs.length === 0) throw nothingFound(pattern, [...skipped, ...others]);
  return { inputs, skipped: [...skipped, ...others] };
}

/** What lies under a name that is not UTF-8 is data where it is not seen to be none: else it would be lost. */
async function isData({ path, pathBytes }: InputFile): Promise<boolean> {
  try {
    await detectFormat(readBytes(pathBytes ?? path), path);
    return true;
  } catch (error) {
    if (!(error instanceof ToeditError) || isStoreError(error)) throw error;
    return pathBytes !== undefined && error.code !== 'FORMAT_UNKNOWN';
  }
}

function refuseSharedPlace(inputs: readonly InputFile[]): void {
  const places = new Map<string, string>();
  for (const { path, relativePath } of inputs) {
    if (/^\.(?:toedit|dead-letters)(?:\/|$)/.test(relativePath)) {
      throw badOption(`${path} would be written where a run keeps its own state; rename it`);
    }
    const other = places.get(relativePath);
    if (other !== undefined) {
      throw badOption(
        `${other} and ${path} would both be written as ${relativePath}; give the directory above them, or two runs`,
      );
    }
    places.set(relativePath, path);
  }
}

/** No output may stand where an input lies, by whatever links either is reached. */
export async function refuseOverwritten(
  inputs: readonly InputFile[],
  output: string,
): Promise<void> {
  const files = inputs.filter(({ path }) => !isAddress(path));
  const paths = await Promise.all(files.map(({ path }) => realPathOf(path)));
  const inputOf = new Map(paths.map((path, index) => [path, files[index]?.path ?? path]));
  for (const { path, relativePath } of inputs) {
    const target = await realPathOf(join(output, relativePath));
    const other = inputOf.get(target);
    if (other === path) {
      throw badOption(`${path} would be written over itself; write to another directory`);
    }
    if (other !== undefined) {
      throw badOption(
        `${path} would be written over ${other}, an input; write to another directory`,
      );
    }
  }
}

function nothingFound(pattern: string, skipped: readonly SkippedInput[]): ToeditError {
  const [first] = skipped;
  const more = skipped.length > 1 ? ` and ${skipped.length - 1} more` : '';
  const seen =
    first === undefined
      ? ''
      : ` (left out: ${isAddress(first.path) ? first.path : join(first.path)}, ${first.reason}${more})`;
  return new ToeditError(
    'INPUT_NOT_FOUND',
    `no data file matches ${pattern}${seen}; check the path, and that ** is there where directories are to be entered`,
    { place: { file: pattern } },
  );
}

function badOption(message: string): ToeditError {
  return new ToeditError('BAD_OPTION', message);
}
