import { readFile } from 'node:fs/promises';
import { modelInvalid } from './model-invalid.ts';

/** A JSON object whose members are yet to be checked. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Reads a JSON file that holds one object.
 *
 * @throws ToeditError MODEL_INVALID where it is missing, unreadable or something else.
 */
export async function readJson(file: string): Promise<JsonObject> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw modelInvalid(
      file,
      'the file is missing or unreadable. A model directory holds config.json, tokenizer.json and onnx/model.onnx.',
      cause,
    );
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw modelInvalid(file, `it is not valid JSON (${String(cause)}): copy it again`, cause);
  }
  if (!isJsonObject(value)) throw modelInvalid(file, 'it is not a JSON object: copy it again');
  return value;
}

/** True for an object that is not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
