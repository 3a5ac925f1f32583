import { isJsonObject, type JsonObject } from './read-json.ts';

/**
 * The tokenizer without the space that some put before every text (`Prepend` normaliser, `prepend_scheme` of
 * Metaspace, `add_prefix_space` of ByteLevel): so that a document's bytes are the concatenation of its tokens' bytes.
 */
export function withoutDummyPrefix(tokenizer: JsonObject): JsonObject {
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
