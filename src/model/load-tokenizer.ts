import { join } from 'node:path';
import pLimit from 'p-limit';
import { messageOf, ToeditError } from '../errors.ts';
import type { TokenBytes } from '../text/token-bytes.ts';
import { configuredBos } from './bos-token.ts';
import { isJsonObject, type JsonObject, readJson } from './read-model-files.ts';
import { NotBegun, startTokenizerProcess, type TokenizerProcess } from './tokenizer-process.ts';
import { vocabularyBytes } from './vocabulary-bytes.ts';

/** A prior's tokenizer: text to token ids, and the bytes of each token. */
export interface PriorTokenizer {
  readonly tokenBytes: TokenBytes;
  /** The token that begins a sequence; null where there is none. */
  readonly bosTokenId: number | null;
  /** True where the tokenizer, or its configuration, puts that token before a text. */
  readonly addsBos: boolean;
  /**
   * Token ids of each text, without BOS or EOS.
   *
   * @throws ToeditError INFERENCE_FAILED where it fails on a text; ENGINE_DIED where it cannot be started again, or is closed.
   */
  encode(texts: readonly string[]): Promise<Int32Array[]>;
  /** Ends its process. */
  close(): Promise<void>;
}

/**
 * Loads `tokenizer.json` (Hugging Face tokenizers) of a model directory.
 *
 * @param bosTokenId - as `config.json` states it: used where neither the tokenizer nor `tokenizer_config.json` names another
 * @throws ToeditError TOKENIZER_INVALID where the file is missing, broken, of a kind that has no token bytes, or fails on plain
 * English; ENGINE_DIED where its process is ended from outside.
 */
export async function loadTokenizer(
  directory: string,
  bosTokenId: number | null,
): Promise<PriorTokenizer> {
  const file = join(directory, 'tokenizer.json');
  try {
    const description = withoutDummyPrefix(await readJson(file));
    const tokenBytes = vocabularyBytes(description, file);
    const configured = await configuredBos(directory, description);
    const { prefix, encode, close } = await startTokenizer(JSON.stringify(description), file);
    const first = prefix[0] ?? null;
    const bos = first ?? configured.id ?? bosTokenId;
    return {
      tokenBytes,
      bosTokenId: bos,
      addsBos: first !== null || (configured.isAdded && bos !== null),
      encode,
      close,
    };
  } catch (cause) {
    if (cause instanceof ToeditError && cause.code === 'ENGINE_DIED') throw died(file, cause);
    const reason = cause instanceof ToeditError ? cause.message : `${file}: ${messageOf(cause)}`;
    throw new ToeditError('TOKENIZER_INVALID', `no usable tokenizer: ${reason}`, {
      place: { file },
      cause,
    });
  }
}

/** A tokenizer in a process of its own, which is started again after a text that ended it. */
async function startTokenizer(
  description: string,
  file: string,
): Promise<Pick<PriorTokenizer, 'encode' | 'close'> & { readonly prefix: Int32Array }> {
  let latest = await startTokenizerProcess(description);
  const { prefix } = latest;
  let isClosed = false;
  const oneByOne = pLimit(1);
  const running = async (): Promise<TokenizerProcess> => {
    if (!isClosed && !latest.isAlive()) latest = await startTokenizerProcess(description);
    if (!isClosed) return latest;
    await latest.end();
    throw new Error('the tokenizer was closed');
  };
  const encode = async (texts: readonly string[]): Promise<Int32Array[]> => {
    for (;;) {
      const tokenizer = await oneByOne(running).catch((error: unknown) => {
        throw died(file, error);
      });
      try {
        return await tokenizer.encode(texts);
      } catch (error) {
        if (isClosed) throw died(file, error);
        if (!(error instanceof NotBegun)) throw failed(file, error);
      }
    }
  };
  // One is worked on while the next is handed over.
  const limit = pLimit(2);
  return {
    prefix,
    encode: (texts) => limit(encode, texts),
    close: () => {
      isClosed = true;
      return latest.end();
    },
  };
}

function failed(file: string, cause: unknown): ToeditError {
  const message = `tokenising with ${file} failed: ${messageOf(cause)}`;
  return new ToeditError('INFERENCE_FAILED', message, { place: { file }, cause });
}

function died(file: string, cause: unknown): ToeditError {
  const message = `tokenising with ${file} ended: ${messageOf(cause)}; open the prior again`;
  return new ToeditError('ENGINE_DIED', message, { place: { file }, cause });
}

/**
 * The tokenizer without the space that some put before every text (`Prepend` normaliser, `prepend_scheme` of
 * Metaspace, `add_prefix_space` of ByteLevel): so that a document's bytes are the concatenation of its tokens' bytes.
 */
function withoutDummyPrefix(tokenizer: JsonObject): JsonObject {
  return {
    ...tokenizer,
    normalizer: withoutPrepend(tokenizer['normalizer']),
    pre_tokenizer: neverPrepend(tokenizer['pre_tokenizer']),
  };
}

function withoutPrepend(normalizer: unknown): unknown {
  if (!isJsonObject(normalizer)) return normalizer;
  if (normalizer['type'] === 'Prepend') return null;
  const inner = normalizer['normalizers'];
  if (!Array.isArray(inner)) return normalizer;
  return { ...normalizer, normalizers: inner.map(withoutPrepend).filter((part) => part !== null) };
}

function neverPrepend(preTokenizer: unknown): unknown {
  if (!isJsonObject(preTokenizer)) return preTokenizer;
  if (preTokenizer['type'] === 'Metaspace') return { ...preTokenizer, prepend_scheme: 'never' };
  if (preTokenizer['type'] === 'ByteLevel') return { ...preTokenizer, add_prefix_space: false };
  const inner = preTokenizer['pretokenizers'];
  if (!Array.isArray(inner)) return preTokenizer;
  return { ...preTokenizer, pretokenizers: inner.map(neverPrepend) };
}
