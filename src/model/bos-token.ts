import { join } from 'node:path';
import { isJsonObject, type JsonObject, modelInvalid, readJson } from './read-model-files.ts';

/** What `tokenizer_config.json` of a model directory says of the token that begins a sequence. */
export interface ConfiguredBos {
  /** The id of the token that it names; null where it names none. */
  readonly id: number | null;
  /** Whether it asks for that token before each text. */
  readonly isAdded: boolean;
}

/**
 * Looks up the BOS token as transformers does: by its text in `tokenizer_config.json`, else in `special_tokens_map.json`, among the
 * tokens of `tokenizer.json`. Neither of the first two files must exist.
 *
 * @param tokenizer - what `tokenizer.json` holds
 * @throws ToeditError MODEL_INVALID where each text is to begin with a token that the tokenizer does not have.
 */
export async function configuredBos(
  directory: string,
  tokenizer: JsonObject,
): Promise<ConfiguredBos> {
  const file = join(directory, 'tokenizer_config.json');
  const config = await readOptional(file);
  const isAdded = config['add_bos_token'] === true;
  const text =
    'bos_token' in config
      ? textOf(config['bos_token'])
      : textOf((await readOptional(join(directory, 'special_tokens_map.json')))['bos_token']);
  if (text === null) return { id: null, isAdded };
  const id = idOf(text, config, tokenizer);
  if (id === null && isAdded) {
    const remedy = 'put the files of one model together, or set add_bos_token to false';
    throw modelInvalid(file, `its bos_token ${text} is no token of tokenizer.json: ${remedy}`);
  }
  return { id, isAdded };
}

function readOptional(file: string): Promise<JsonObject> {
  return readJson(file).catch(() => ({}));
}

/** A token is written as its text, or as an object that holds it. */
function textOf(token: unknown): string | null {
  const text = isJsonObject(token) ? token['content'] : token;
  return typeof text === 'string' ? text : null;
}

function idOf(text: string, config: JsonObject, tokenizer: JsonObject): number | null {
  const added = listOf(tokenizer['added_tokens']).find((token) => textOf(token) === text);
  const declared = Object.entries(objectOf(config['added_tokens_decoder']));
  const id =
    added?.['id'] ??
    objectOf(objectOf(tokenizer['model'])['vocab'])[text] ??
    declared.find(([, token]) => textOf(token) === text)?.[0];
  return id === undefined || !Number.isInteger(Number(id)) ? null : Number(id);
}

function listOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}
