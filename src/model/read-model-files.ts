import { stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, normalize, relative } from 'node:path';
import { isErrno, messageOf, reasonOf, ToeditError } from '../errors.ts';
import { NotRegularFile, readRegular } from '../files/open-regular.ts';
import { scanObject } from '../json/scan-object.ts';
import { readOnnxModel } from '../onnx/onnx-file.ts';
import type { OnnxModel } from '../onnx/onnx-model.ts';
import { longestWindow } from './longest-window.ts';

/** An ONNX file, without its external data. */
export interface ModelFile {
  readonly graph: Uint8Array;
  readonly model: OnnxModel;
  /** The files of its external data, relative to its directory. */
  readonly locations: readonly string[];
}

/**
 * Reads an ONNX file.
 *
 * @throws ToeditError MODEL_INVALID
 */
export async function readModelFile(path: string): Promise<ModelFile> {
  const graph = await readRegular(path).catch((cause: unknown) => {
    throw modelInvalid(path, `it ${whyUnread(cause)}`, cause);
  });
  const model = parse(graph, path);
  const locations = model.initializers.flatMap(({ externalLocation }) => externalLocation ?? []);
  return { graph, model, locations: [...new Set(locations)] };
}

function parse(graph: Uint8Array, path: string): OnnxModel {
  try {
    return readOnnxModel(graph);
  } catch (cause) {
    throw modelInvalid(path, `it is not an ONNX file (${reasonOf(cause)})`, cause);
  }
}

/** What toedit needs of a Hugging Face `config.json`. */
export interface ModelConfig {
  readonly vocabularySize: number;
  /** As {@link longestWindow} says. */
  readonly maxTokens: number;
  /** Size of one attention head. */
  readonly headSize: number;
  readonly bosTokenId: number | null;
}

/**
 * Reads `config.json` of a model directory; multimodal configurations keep these values under `text_config`.
 *
 * @throws ToeditError MODEL_INVALID naming the value that is missing or too large.
 */
export async function readModelConfig(directory: string): Promise<ModelConfig> {
  await requireModelDirectory(directory);
  const file = join(directory, 'config.json');
  const whole = await readJson(file);
  const nested = whole['text_config'];
  const config: JsonObject = isJsonObject(nested) ? { ...whole, ...nested } : whole;
  const heads = firstInteger(config, ['num_attention_heads', 'n_head', 'n_heads']) ?? 1;
  const hidden = firstInteger(config, ['hidden_size', 'n_embd', 'n_embed', 'd_model']) ?? heads;
  return {
    vocabularySize: knownSize(firstInteger(config, ['vocab_size']), file),
    maxTokens: longestWindow(config),
    headSize: firstInteger(config, ['head_dim']) ?? Math.floor(hidden / heads),
    bosTokenId: firstInteger(config, ['bos_token_id']),
  };
}

/** Slips are common: a graph in place of its directory, a name or an address on the Hugging Face hub. */
async function requireModelDirectory(path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => (isMissing(error) ? null : undefined));
  if (found?.isFile() === true) throw modelInvalid(path, insteadOf(path));
  if (found === null) throw modelInvalid(path, whatIsMissing(path));
}

function isMissing(error: unknown): boolean {
  return isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR');
}

function insteadOf(path: string): string {
  const parent = dirname(path);
  const root = basename(parent) === 'onnx' ? dirname(parent) : parent;
  const graph = relative(root, path);
  const both = `that is a file: give --model ${root} --model-file ${graph}`;
  return `${both} (to compare-priors the directory, and --model-file-a or --model-file-b)`;
}

function whatIsMissing(path: string): string {
  if (path.endsWith('.onnx')) {
    return 'there is no such file: give the directory of a model with --model, and a graph in it with --model-file';
  }
  const name = hubName.exec(relative('.', path))?.[1];
  const layout = 'A model without ONNX files is exported first: README, "The prior"';
  if (name === undefined) {
    return `there is no such directory: give one that holds config.json, tokenizer.json and onnx/model.onnx. Of a model on the Hugging Face hub give the whole name, OWNER/NAME. ${layout}`;
  }
  return `there is no such directory. If a model on the Hugging Face hub is meant, give --model hf://${name}. ${layout}`;
}

/** `OWNER/NAME`, or an address there, as paths are normalised. */
const hubName =
  /^(?:(?:https?:\/)?(?:huggingface\.co|hf\.co)\/|hf:\/?)?([\w.-]*[\w-]\/[\w.-]+)(?:$|\/(?:tree|blob|resolve)\/)/u;

/** The most tokens that a vocabulary may have: the largest have a quarter of a million. Memory is taken for each. */
export const mostTokens: number = 2 ** 22;

function knownSize(size: number | null, file: string): number {
  if (size === null || size <= 0) throw modelInvalid(file, 'it states no vocab_size');
  if (size <= mostTokens) return size;
  throw modelInvalid(file, `vocab_size is ${size}, and at most ${mostTokens} is read: correct it`);
}

function firstInteger(config: JsonObject, names: readonly string[]): number | null {
  for (const name of names) {
    const value = config[name];
    if (Number.isInteger(value)) return Number(value);
  }
  return null;
}

/** A JSON object whose members are yet to be checked. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Reads a JSON file that holds one object.
 *
 * @throws ToeditError MODEL_INVALID where it is missing, unreadable or something else.
 */
export async function readJson(file: string): Promise<JsonObject> {
  const text = await readRegular(file).catch((cause: unknown) => {
    const layout = 'A model directory holds config.json, tokenizer.json and onnx/model.onnx.';
    throw modelInvalid(file, `the file ${whyUnread(cause)}. ${layout}`, cause);
  });
  let value: unknown;
  try {
    value = JSON.parse(text.toString());
  } catch (cause) {
    throw modelInvalid(file, `it is not valid JSON (${syntaxErrorIn(text)}): copy it again`, cause);
  }
  if (!isJsonObject(value)) throw modelInvalid(file, 'it is not a JSON object: copy it again');
  return value;
}

/** Where text is no JSON object, in words of our own. */
function syntaxErrorIn(text: Uint8Array): string {
  try {
    scanObject(text);
    return 'it is no object';
  } catch (error) {
    return messageOf(error);
  }
}

/** What follows the name of a file of a model that was not read. */
export function whyUnread(cause: unknown): string {
  return cause instanceof NotRegularFile ? cause.message : 'is missing or unreadable';
}

/** True for an object that is not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Makes sure that external data lie in the model's directory. ONNX Runtime refuses others, too; here they would also be
 * read, or linked to, wherever they point.
 *
 * @throws Error naming the location.
 */
export function requireInside(locations: readonly string[]): void {
  for (const location of locations) {
    if (!isAbsolute(location) && !normalize(location).startsWith('..')) continue;
    throw new Error(`external data ${location} lies outside the model's directory`);
  }
}

/** A MODEL_INVALID error about one file of a model directory. */
export function modelInvalid(file: string, message: string, cause?: unknown): ToeditError {
  return new ToeditError('MODEL_INVALID', `${file}: ${message}`, { place: { file }, cause });
}
