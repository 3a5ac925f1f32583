import { join } from 'node:path';
import { Tokenizer } from 'tokenizers';
import { ToeditError } from '../errors.ts';
import type { TokenBytes } from '../text/token-bytes.ts';
import { isJsonObject, type JsonObject, readJson } from './read-json.ts';
import { vocabularyBytes } from './vocabulary-bytes.ts';
import { withoutDummyPrefix } from './without-dummy-prefix.ts';

/** A prior's tokenizer: text to token ids, and the bytes of each token. */
export interface PriorTokenizer {
  readonly tokenBytes: TokenBytes;
  /** The token that begins a sequence; null where there is none. */
  readonly bosTokenId: number | null;
  /** True where the tokenizer itself puts that token before a text. */
  readonly addsBos: boolean;
  /** Token ids of each text, without BOS or EOS. */
  encode(texts: readonly string[]): Promise<Int32Array[]>;
}

/**
 * Loads `tokenizer.json` (Hugging Face tokenizers) of a model directory.
 *
 * @param bosTokenId - as `config.json` states it
 * @throws ToeditError TOKENIZER_INVALID where the file is missing, broken or of a kind that has no token bytes.
 */
export async function loadTokenizer(
  directory: string,
  bosTokenId: number | null,
): Promise<PriorTokenizer> {
  const file = join(directory, 'tokenizer.json');
  try {
    const description = withoutDummyPrefix(await readJson(file));
    const tokenizer = Tokenizer.fromString(JSON.stringify(description));
    tokenizer.disableTruncation();
    tokenizer.disablePadding();
    const prefix = await tokenizer.encode('', null, { addSpecialTokens: true });
    const [first = null] = prefix.getIds();
    return {
      tokenBytes: vocabularyBytes(description, file),
      bosTokenId: first ?? bosTokenId,
      addsBos: (first !== null && first === bosTokenId) || (await addsBosByConfig(directory)),
      encode: (texts) => encode(tokenizer, texts),
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ToeditError(
      'TOKENIZER_INVALID',
      `no tokenizer in ${directory}: ${reason}. A model directory needs the tokenizer.json of its model.`,
      { place: { file }, cause },
    );
  }
}

async function encode(tokenizer: Tokenizer, texts: readonly string[]): Promise<Int32Array[]> {
  const encodings = await tokenizer.encodeBatch([...texts], { addSpecialTokens: false });
  return encodings.map((encoding) => Int32Array.from(encoding.getIds()));
}

async function addsBosByConfig(directory: string): Promise<boolean> {
  const config: JsonObject = await readJson(join(directory, 'tokenizer_config.json')).catch(
    () => ({}),
  );
  return isJsonObject(config) && config['add_bos_token'] === true;
}
