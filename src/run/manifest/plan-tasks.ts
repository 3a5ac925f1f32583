import { createHash, type Hash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { isStoreError, ToeditError } from '../../errors.ts';
import { detectFormat } from '../../files/detect-format.ts';
import type { InputFile } from '../../files/find-files.ts';
import { placeOf } from '../../files/list-inputs.ts';
import { openRegular } from '../../files/open-regular.ts';
import { fileUnreadable, sha256OfFile } from '../../files/read-bytes.ts';
import { readParquetFooter } from '../../parquet/read-parquet-footer.ts';
import { isAddress } from '../../stores/address.ts';
import type { ObjectFacts } from '../../stores/object-store.ts';
import { statObject } from '../../stores/objects.ts';
import type { InputFacts, Task } from './manifest.ts';

/** Options of {@link planTasks}. */
export interface PlanTasksOptions {
  readonly signal?: AbortSignal | undefined;
}

/** File systems over a network answer many questions at once; each file takes 1 MiB of memory at most, but for its footer. */
const filesInFlight = 16;

/**
 * Makes a task of every input: its size, its format and fingerprint, and what a Parquet file's footer says of its rows.
 * A file that is damaged, or cannot be read, is a task all the same, without what could not be determined: it will fail as a
 * file, with its reason, when its turn comes.
 *
 * @returns the tasks in the order of the inputs.
 * @throws the signal's reason; where an object store does not answer, or denies it.
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

async function planTask(
  { path: named, relativePath, pathBytes, problem: stated }: InputFile,
  index: number,
): Promise<Task> {
  const path = placeOf(named);
  const isNotUtf8 = pathBytes !== undefined;
  const problem = isNotUtf8 ? 'its name is not UTF-8; rename it, and begin the run anew' : stated;
  if (problem === undefined) return { index, path, relativePath, ...(await readFacts(path)) };
  const unknown = { bytes: 0, modifiedNs: '0', ...unknownContent };
  return { index, path, relativePath, problem, ...unknown };
}

/** What a file holds now; of one that is damaged or cannot be read, as much as can be determined. */
export async function readFacts(path: string): Promise<InputFacts> {
  if (isAddress(path)) return await readObjectFacts(path);
  // Before the content: a file that changes meanwhile has another time than the one noted.
  const found = await stat(path, { bigint: true }).catch(() => null);
  const content = found?.isFile() === true ? await readContent(path) : unknownContent;
  const bytes = Number(found?.size ?? 0n);
  return { bytes, modifiedNs: String(found?.mtimeNs ?? 0n), ...content };
}

/** Of a Parquet object the rows are not asked for: its footer is read when its turn comes. */
async function readObjectFacts(url: string): Promise<InputFacts> {
  const facts = await statObject(url);
  const format = facts === null ? null : await orNull(detectFormat(url));
  const fingerprint = facts === null ? null : fingerprintOf(facts);
  const { rows, rowGroups } = unknownContent;
  return { bytes: facts?.bytes ?? 0, modifiedNs: '0', format, fingerprint, rows, rowGroups };
}

function fingerprintOf({ etag }: ObjectFacts): string {
  return `etag:${etag}`;
}

/** What was known of an object when its task was planned; undefined of any other input. */
export function plannedObject({
  bytes,
  fingerprint,
}: Partial<Pick<Task, 'bytes' | 'fingerprint'>>): Pick<ObjectFacts, 'bytes' | 'etag'> | undefined {
  if (bytes === undefined || fingerprint?.startsWith('etag:') !== true) return undefined;
  return { bytes, etag: fingerprint.slice('etag:'.length) };
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

/** Null where the file, not the program or the way to it, is at fault. */
async function orNull<Result>(reading: Promise<Result>): Promise<Result | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof ToeditError && !isStoreError(error)) return null;
    throw error;
  }
}

/** How an input differs from what was planned; `was` and `is` are words for a message. */
export interface InputChange {
  readonly kind: 'gone' | 'size' | 'content' | 'unreadable';
  readonly was: string;
  readonly is: string;
  /** Of an object that could not be looked at: why. */
  readonly cause?: ToeditError | undefined;
}

/**
 * Checks whether a task's input is still the one that was planned. The same size and modification time are taken for the
 * same content; else the fingerprints are compared, so that a file up to 64 MiB may be touched or copied back.
 *
 * @returns null where it is unchanged. A file that vanished or cannot be read is returned, not thrown.
 */
export async function findInputChange(
  task: Pick<Task, 'path' | 'bytes' | 'modifiedNs' | 'fingerprint'>,
): Promise<InputChange | null> {
  if (isAddress(task.path)) return await findObjectChange(task);
  try {
    const { size, mtimeNs } = await stat(task.path, { bigint: true });
    if (size !== BigInt(task.bytes)) {
      return { kind: 'size', was: `${String(task.bytes)} bytes`, is: `${String(size)} bytes` };
    }
    if (String(mtimeNs) === task.modifiedNs) return null;
    const fingerprint = await fingerprintFile(task.path);
    if (fingerprint === task.fingerprint) return null;
    return { kind: 'content', was: task.fingerprint ?? 'unreadable', is: fingerprint };
  } catch (error) {
    return lost(task.path, error);
  }
}

async function findObjectChange({
  path,
  bytes,
  fingerprint,
}: Pick<Task, 'path' | 'bytes' | 'fingerprint'>): Promise<InputChange | null> {
  try {
    const facts = await statObject(path);
    if (facts === null) return { kind: 'gone', was: 'there', is: 'gone' };
    if (facts.bytes !== bytes) {
      return { kind: 'size', was: `${String(bytes)} bytes`, is: `${String(facts.bytes)} bytes` };
    }
    const is = fingerprintOf(facts);
    return is === fingerprint ? null : { kind: 'content', was: fingerprint ?? 'unreadable', is };
  } catch (cause) {
    if (!(cause instanceof ToeditError)) throw cause;
    return { kind: 'unreadable', was: 'readable', is: cause.message, cause };
  }
}

function lost(path: string, error: unknown): InputChange {
  const cause = error instanceof ToeditError ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'gone', was: 'there', is: 'gone' };
  return { kind: 'unreadable', was: 'readable', is: fileUnreadable(path, error).message };
}

/** Files up to this size, in bytes, are hashed whole. */
export const wholeFileBytes: number = 64 * 2 ** 20;

const endBytes = 2 ** 20;
const sampleBytes = 64 * 1024;
const sampleCount = 32;

/**
 * What distinguishes a file's content from another's. Of an object in a store it is `etag:` and its entity tag; of a file:
 *
 * - Up to 64 MiB: `sha256:` and the SHA-256 of all bytes. Touching or copying the file leaves it as it is.
 * - Above: `sampled:` and the SHA-256 of size, modification time in nanoseconds, the first and last MiB, and 32 blocks of
 *   64 KiB evenly between them. A corpus of terabytes is so planned in minutes, not hours; as a sample cannot prove that the
 *   rest is the same, the modification time counts, too.
 *
 * Memory does not grow with the file.
 *
 * @throws ToeditError `FILE_UNREADABLE`
 */
export async function fingerprintFile(path: string): Promise<string> {
  if (isAddress(path)) {
    const facts = await statObject(path);
    if (facts === null) throw fileUnreadable(path, new Error('there is no such object'));
    return fingerprintOf(facts);
  }
  try {
    const { size, mtimeNs } = await stat(path, { bigint: true });
    if (size <= BigInt(wholeFileBytes)) return `sha256:${await sha256OfFile(path)}`;
    const hash = createHash('sha256').update(`${String(size)} ${String(mtimeNs)}\n`);
    return `sampled:${await addSamples(path, Number(size), hash)}`;
  } catch (error) {
    throw fileUnreadable(path, error);
  }
}

async function addSamples(path: string, bytes: number, hash: Hash): Promise<string> {
  const handle = await openRegular(path);
  try {
    const buffer = Buffer.allocUnsafe(endBytes);
    for (const { position, length } of samplesOf(bytes)) {
      const { bytesRead } = await handle.read(buffer, 0, length, position);
      hash.update(buffer.subarray(0, bytesRead));
    }
    return hash.digest('hex');
  } finally {
    await handle.close();
  }
}

interface Sample {
  readonly position: number;
  readonly length: number;
}

function samplesOf(bytes: number): Sample[] {
  const between = bytes - 2 * endBytes - sampleBytes;
  const samples = Array.from({ length: sampleCount }, (_, i) => ({
    position: endBytes + Math.floor((between * i) / (sampleCount - 1)),
    length: sampleBytes,
  }));
  const head = { position: 0, length: endBytes };
  return [head, ...samples, { position: bytes - endBytes, length: endBytes }];
}
