import { posix } from 'node:path';
import { reasonOf, ToeditError } from '../errors.ts';
import { readRegular } from '../files/open-regular.ts';
import { readOnnxModel } from '../onnx/onnx-file.ts';
import type { RepositoryFile } from './repository-files.ts';
import { isSafePath } from './repository-files.ts';

/** A graph that is here, and what it is called in its repository. */
export interface LocalGraph {
  readonly local: string;
  readonly path: string;
  /** What errors name, such as `OWNER/NAME@REVISION`. */
  readonly subject: string;
}

/**
 * The files of external data that a graph itself names: what its configuration says of them is not always so.
 *
 * @returns them as the repository lists them.
 * @throws ToeditError MODEL_INVALID where it is no ONNX file, or names a file that lies outside of its directory or is not in the repository.
 */
export async function dataOf(
  graph: LocalGraph,
  files: readonly RepositoryFile[],
): Promise<readonly RepositoryFile[]> {
  if (!files.some(({ path }) => mayBeData(path, graph.path))) return [];
  return (await locationsIn(graph)).map((location) => {
    const path = posix.join(posix.dirname(graph.path), location);
    const found = isSafePath(location) ? files.find((file) => file.path === path) : undefined;
    if (found !== undefined) return found;
    throw invalid(graph, `it names external data ${JSON.stringify(location)}, which is not there`);
  });
}

/** The names of its external data, relative to its directory. */
export async function locationsIn(graph: LocalGraph): Promise<readonly string[]> {
  try {
    const { initializers } = readOnnxModel(await readRegular(graph.local));
    return [...new Set(initializers.flatMap(({ externalLocation }) => externalLocation ?? []))];
  } catch (error) {
    throw invalid(graph, `it is not an ONNX file (${reasonOf(error)})`, error);
  }
}

function invalid({ subject, path }: LocalGraph, what: string, cause?: unknown): ToeditError {
  const message = `${subject}, ${path}: ${what}; choose another graph with --dtype, or another model`;
  return new ToeditError('MODEL_INVALID', message, { cause });
}

/** A graph is read for names of data only where there may be some: it may have gigabytes. */
function mayBeData(path: string, graph: string): boolean {
  const directory = posix.dirname(graph);
  const isBeside = directory === '.' || path.startsWith(`${directory}/`);
  return isBeside && !/\.(?:onnx|json|md|txt|jinja|gitattributes)$/u.test(path);
}

/** True of what is probably external data of the graph, by its name. */
export function looksLikeData(path: string, graph: string): boolean {
  return path !== graph && (path.startsWith(graph) || path === `${graph.slice(0, -5)}.data`);
}
