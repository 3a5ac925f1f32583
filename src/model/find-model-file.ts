import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ToeditError } from '../errors.ts';
import { badOption } from '../options.ts';
import { modelInvalid } from './read-model-files.ts';

/** Which graph of a model directory is wanted: by its file or by its precision, not by both. */
export interface ModelFileRequest {
  /** The graph, relative to the model directory. */
  readonly modelFile?: string | undefined;
  /**
   * The precision, by what its file on the Hugging Face hub is called: `int8` stands for `onnx/model_int8.onnx` or
   * `model_int8.onnx`. @defaultValue 'fp32', or the only graph of a directory that holds another one
   */
  readonly dtype?: Dtype | undefined;
}

/**
 * The graph of a model directory, as a path relative to it.
 *
 * @throws ToeditError BAD_OPTION where both are given, or there is no such dtype; MODEL_INVALID naming the files looked for and those
 * that are there.
 */
export async function findModelFile(
  directory: string,
  { modelFile, dtype }: ModelFileRequest = {},
): Promise<string> {
  for (const choice of choicesOf({ modelFile, dtype })) {
    const found = await stat(join(directory, choice)).catch(() => null);
    if (found?.isFile() === true) return choice;
  }
  return chooseModelFile(directory, await graphsIn(directory), { modelFile, dtype });
}

/**
 * The same of files that are listed.
 *
 * @param model - what an error names.
 * @param files - relative to the model directory, with `/` between names.
 * @throws ToeditError as {@link findModelFile}
 */
export function chooseModelFile(
  model: string,
  files: readonly string[],
  request: ModelFileRequest,
): string {
  const choices = choicesOf(request);
  const choice = choices.find((each) => files.includes(each));
  if (choice !== undefined) return choice;
  const there = files.filter((name) => name.endsWith('.onnx')).sort();
  const [only] = there;
  const isOpen = request.modelFile === undefined && request.dtype === undefined;
  if (isOpen && only !== undefined && there.length === 1) return only;
  throw modelInvalid(model, `it holds no ${choices.join(' or ')}. ${remedyOf(there)}`);
}

function choicesOf({ modelFile, dtype }: ModelFileRequest): readonly string[] {
  refuseBoth(modelFile, dtype);
  return modelFile === undefined ? filesOf(dtype ?? 'fp32') : [modelFile];
}

function refuseBoth(modelFile: string | undefined, dtype: string | undefined): void {
  if (modelFile === undefined || dtype === undefined) return;
  const both = `--dtype ${dtype} and --model-file ${modelFile} name a graph each`;
  throw new ToeditError('BAD_OPTION', `${both}: give one of them`);
}

function filesOf(dtype: Dtype): readonly string[] {
  if (dtypes.includes(dtype)) return filesOfDtype(dtype);
  throw badOption('dtype', dtype, `choose one of ${dtypes.join(', ')}`);
}

async function graphsIn(directory: string): Promise<readonly string[]> {
  const list = (folder: string): Promise<string[]> =>
    readdir(join(directory, folder)).catch(() => []);
  const inFolder = (await list('onnx')).map((name) => `onnx/${name}`);
  return [...inFolder, ...(await list('.'))];
}

function remedyOf(graphs: readonly string[]): string {
  if (graphs.length === 0) {
    return 'Name a directory in Hugging Face layout, or its graph with --model-file.';
  }
  const named = graphs.map((graph) => {
    const dtype = dtypes.find((each) => filesOfDtype(each).includes(graph));
    const flag = dtype === undefined ? `--model-file ${graph}` : `--dtype ${dtype}`;
    return `${graph} (${flag})`;
  });
  return `It holds ${named.join(', ')}.`;
}

/** A precision by the name that its file on the Hugging Face hub goes by. */
export type Dtype =
  | 'fp32'
  | 'fp16'
  | 'int8'
  | 'uint8'
  | 'q8'
  | 'quantized'
  | 'q4'
  | 'q4f16'
  | 'bnb4'
  | 'q2'
  | 'q2f16'
  | 'q1'
  | 'q1f16';

/**
 * What the file's name has behind `model`. Source: `DEFAULT_DTYPE_SUFFIX_MAPPING` in Hugging Face's transformers.js 4.3.1, and
 * `quantized` by the file's own name.
 */
const suffixes: Readonly<Record<Dtype, string>> = {
  fp32: '',
  fp16: '_fp16',
  int8: '_int8',
  uint8: '_uint8',
  q8: '_quantized',
  quantized: '_quantized',
  q4: '_q4',
  q4f16: '_q4f16',
  bnb4: '_bnb4',
  q2: '_q2',
  q2f16: '_q2f16',
  q1: '_q1',
  q1f16: '_q1f16',
};

/** All of them. */
export const dtypes = Object.keys(suffixes) as readonly Dtype[];

/** Where the graph of a dtype may lie, relative to the model directory, the likeliest place first. */
export function filesOfDtype(dtype: Dtype): readonly string[] {
  const name = `model${suffixes[dtype]}.onnx`;
  return [`onnx/${name}`, name];
}
