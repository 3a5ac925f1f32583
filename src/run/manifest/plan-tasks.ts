import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ToeditError } from '../../errors.ts';
import { detectFormat } from '../../files/detect-format.ts';
import type { InputFile } from '../../files/find-files.ts';
import { readParquetFooter } from '../../parquet/read-parquet-footer.ts';
import { fingerprintFile } from './fingerprint-file.ts';
import type { InputFacts, Task } from './manifest.ts';

/** Options of {@link planTasks}. */
export interface PlanTasksOptions {
  readonly signal?: AbortSignal | undefined;
}

/** File systems over a network answer many questions at once; each file takes 1 MiB of memory at most, but for its footer. */
const filesInFlight = 16;

/**
 * Makes a task of every input: its size, its format and fingerprint, and what a Parquet file's footer says of its rows.
 * A file that is damaged, or cannot be read, is a task all the same, without what could not be told: it will fail as a
 * file, with its reason, when its turn comes.
 *
 * @returns the tasks in the order of the inputs.
 * @throws the signal's reason.
 */
export async function planTasks(
  inputs: readonly InputFile[],
  { signal }: PlanTasksOptions = {},
): Promise<Task[]> {
  const tasks = new Array<Task>(inputs.length);
  const waiting = inputs.entries();
  const lane = async (): Promise<void> => {
    for (const [index, input] of waiting) {
      signal?.throwIfAborted();
      tasks[index] = await planTask(input, index);
    }
  };
  await Promise.all(Array.from({ length: filesInFlight }, lane));
  return tasks;
}

async function planTask({ path, relativePath }: InputFile, index: number): Promise<Task> {
  const absolute = resolve(path);
  return { index, path: absolute, relativePath, ...(await readFacts(absolute)) };
}

/** What a file holds now; of one that is damaged or cannot be read, as much as can be told. */
export async function readFacts(path: string): Promise<InputFacts> {
  // Before the content: a file that changes meanwhile has another time than the one noted.
  const found = await stat(path, { bigint: true }).catch(() => null);
  const content = found?.isFile() === true ? await readContent(path) : unknownContent;
  const bytes = Number(found?.size ?? 0n);
  return { bytes, modifiedNs: String(found?.mtimeNs ?? 0n), ...content };
}

type Content = Pick<InputFacts, 'format' | 'fingerprint' | 'rows' | 'rowGroups'>;

const unknownContent: Content = { format: null, fingerprint: null, rows: null, rowGroups: null };

async function readContent(path: string): Promise<Content> {
  const format = await orNull(detectFormat(path));
  const fingerprint = await orNull(fingerprintFile(path));
  const footer = format?.kind === 'parquet' ? await orNull(readParquetFooter(path)) : null;
  const rows = footer?.rows ?? null;
  return { format, fingerprint, rows, rowGroups: footer?.rowGroups.length ?? null };
}

/** Null where the file, not the program, is at fault. */
async function orNull<Result>(reading: Promise<Result>): Promise<Result | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof ToeditError) return null;
    throw error;
  }
}
