import { createHash } from 'node:crypto';
import { copyFile, link, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isErrno } from '../errors.ts';
import { makeDirectory } from '../files/commit-file.ts';
import { irregularKind, notRegular } from '../files/open-regular.ts';
import { requireInside } from './read-model-files.ts';

/** The graphs of a split model, where a session can open them: bytes, or files beside their weights. */
export interface PlacedGraphs {
  readonly body: string | Uint8Array;
  readonly head: string | Uint8Array | null;
  readonly rows: string | Uint8Array | null;
}

/** What is to be placed: split graphs, and the files that hold their weights. */
export interface Graphs {
  /** The model they were made from. */
  readonly modelPath: string;
  readonly body: Uint8Array;
  readonly head: Uint8Array | null;
  /** Takes tokens' weights out of the head; null where that cannot be. */
  readonly rows: Uint8Array | null;
  /** Files of external data, relative to the model's directory. */
  readonly locations: readonly string[];
}

/**
 * Puts split graphs where ONNX Runtime accepts their weights. Without external data they stay in memory. With it, ONNX
 * Runtime wants the data in the graph's own directory, not through links that lead out of it: so the data is
 * hard-linked beside the graphs, in the cache directory or, where that is another file system, in `.toedit` beside the
 * data; where no link can be made, the data is copied once into the cache. Where the model's files are links, as in the cache of the
 * Hugging Face hub, nothing is written beside what they lead to: that store is others', too.
 */
export async function placeGraphs(graphs: Graphs, cacheDirectory: string): Promise<PlacedGraphs> {
  const { body, head, rows } = graphs;
  if (graphs.locations.length === 0) return { body, head, rows };
  requireInside(graphs.locations);
  const name = await fingerprint(graphs);
  const beside = await besideOf(graphs.modelPath);
  const failures: unknown[] = [];
  for (const [root, place] of [
    [cacheDirectory, link],
    ...(beside === null ? [] : [[beside, link] as const]),
    [cacheDirectory, copyOnce],
  ] as const) {
    try {
      return await placeIn(join(root, name), graphs, place);
    } catch (error) {
      failures.push(error);
    }
  }
  const reasons = failures.map(String).join('; ');
  const places =
    beside === null ? `${cacheDirectory} cannot` : `neither ${cacheDirectory} nor ${beside} can`;
  throw new Error(`${places} be written (${reasons})`, { cause: failures });
}

/** Beside the model; null where that is a link to elsewhere. */
async function besideOf(modelPath: string): Promise<string | null> {
  const real = dirname(await realpath(modelPath));
  return real === (await realpath(dirname(modelPath))) ? join(real, '.toedit') : null;
}

type Place = (from: string, to: string) => Promise<void>;

async function placeIn(directory: string, graphs: Graphs, place: Place): Promise<PlacedGraphs> {
  await makeDirectory(directory);
  for (const location of graphs.locations) {
    const from = await realpath(join(dirname(graphs.modelPath), location));
    const to = join(directory, location);
    await makeDirectory(dirname(to));
    await place(from, to).catch((error: unknown) => ignoreExisting(error));
  }
  const body = await writeOnce(join(directory, 'body.onnx'), graphs.body);
  const head = graphs.head && (await writeOnce(join(directory, 'head.onnx'), graphs.head));
  const rows = graphs.rows && (await writeOnce(join(directory, 'rows.onnx'), graphs.rows));
  return { body, head, rows };
}

/** Names the data too: a model rewritten in place gets a directory of its own. */
async function fingerprint({ modelPath, body, head, rows, locations }: Graphs): Promise<string> {
  const hash = createHash('sha256').update(body);
  if (head !== null) hash.update(head);
  if (rows !== null) hash.update(rows);
  for (const location of locations) {
    const path = await realpath(join(dirname(modelPath), location));
    const stats = await stat(path);
    const kind = irregularKind(stats);
    if (kind !== undefined) throw new Error(`external data ${location} ${notRegular(kind)}`);
    const { size, mtimeMs, ino } = stats;
    hash.update(JSON.stringify([path, size, mtimeMs, ino]));
  }
  return hash.digest('hex').slice(0, 32);
}

async function copyOnce(from: string, to: string): Promise<void> {
  const temporary = temporaryName(to);
  await copyFile(from, temporary);
  await rename(temporary, to);
}

async function writeOnce(path: string, bytes: Uint8Array): Promise<string> {
  const temporary = temporaryName(path);
  await writeFile(temporary, bytes);
  await rename(temporary, path);
  return path;
}

function temporaryName(path: string): string {
  return `${path}.${String(process.pid)}.${Math.random().toString(36).slice(2)}`;
}

function ignoreExisting(error: unknown): void {
  if (isErrno(error, 'EEXIST')) return;
  throw error;
}
