import { join } from 'node:path';
import { modelInvalid } from './model-invalid.ts';
import { isJsonObject, type JsonObject, readJson } from './read-json.ts';

/** What toedit needs of a Hugging Face `config.json`. */
export interface ModelConfig {
  readonly vocabularySize: number;
  /** The longest window the model was made for, in tokens. */
  readonly maxTokens: number;
  /** Size of one attention head. */
  readonly headSize: number;
  readonly bosTokenId: number | null;
}

/**
 * Reads `config.json` of a model directory; multimodal configurations keep these values under `text_config`.
 *
 * @throws ToeditError MODEL_INVALID naming the value that is missing.
 */
export async function readModelConfig(directory: string): Promise<ModelConfig> {
  const file = join(directory, 'config.json');
  const whole = await readJson(file);
  const nested = whole['text_config'];
  const config: JsonObject = isJsonObject(nested) ? { ...whole, ...nested } : whole;
  const heads = firstInteger(config, ['num_attention_heads', 'n_head']) ?? 1;
  const hidden = firstInteger(config, ['hidden_size', 'n_embd']) ?? heads;
  const required = (names: readonly string[]): number => {
    const value = firstInteger(config, names);
    if (value !== null && value > 0) return value;
    throw modelInvalid(file, `it states no ${names.join(' or ')}`);
  };
  return {
    vocabularySize: required(['vocab_size']),
    maxTokens: required(['max_position_embeddings', 'n_positions', 'n_ctx']),
    headSize: firstInteger(config, ['head_dim']) ?? Math.floor(hidden / heads),
    bosTokenId: firstInteger(config, ['bos_token_id']),
  };
}

function firstInteger(config: JsonObject, names: readonly string[]): number | null {
  for (const name of names) {
    const value = config[name];
    if (Number.isInteger(value)) return Number(value);
  }
  return null;
}
