import { join } from 'node:path';
import { isJsonObject, type JsonObject, readJson } from './read-json.ts';

/** Whether `tokenizer_config.json` of a model directory, where there is one, asks for a BOS token before each text. */
export async function addsBosByConfig(directory: string): Promise<boolean> {
  const config: JsonObject = await readJson(join(directory, 'tokenizer_config.json')).catch(
    () => ({}),
  );
  return isJsonObject(config) && config['add_bos_token'] === true;
}
