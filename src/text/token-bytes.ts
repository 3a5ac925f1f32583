/** The bytes of each token of a tokenizer: a document is the concatenation of its tokens' bytes. */
export interface TokenBytes {
  /** Token ids run from 0 to `size - 1`. */
  readonly size: number;
  /** The bytes of a token, a view not to be written to; empty where the id has none. */
  bytes(id: number): Uint8Array;
  /** How many bytes a token has; 0 where the id has none. */
  length(id: number): number;
  /** True for special tokens, and for ids that have no token (a model's vocabulary may be padded). */
  isSpecial(id: number): boolean;
}

/**
 * Token bytes in one buffer.
 *
 * @param tokens - the bytes of each id; undefined where an id has no token, which then counts as special
 * @param specialIds - the special tokens: never drawn, never replaced
 */
export function tokenBytesOf(
  tokens: readonly (Uint8Array | undefined)[],
  specialIds: Iterable<number> = [],
): TokenBytes {
  const { buffer, offsets } = concatenate(tokens);
  const special = new Uint8Array(tokens.length);
  tokens.forEach((token, id) => {
    special[id] = token === undefined ? 1 : 0;
  });
  for (const id of specialIds) special[id] = 1;
  const start = (id: number): number => offsets[id] ?? 0;
  const end = (id: number): number => offsets[id + 1] ?? start(id);
  return {
    size: tokens.length,
    bytes: (id) => buffer.subarray(start(id), end(id)),
    length: (id) => end(id) - start(id),
    isSpecial: (id) => special[id] !== 0,
  };
}

function concatenate(tokens: readonly (Uint8Array | undefined)[]): {
  readonly buffer: Uint8Array;
  readonly offsets: Int32Array;
} {
  const offsets = new Int32Array(tokens.length + 1);
  let total = 0;
  tokens.forEach((token, id) => {
    total += token?.length ?? 0;
    offsets[id + 1] = total;
  });
  const buffer = new Uint8Array(total);
  tokens.forEach((token, id) => {
    if (token !== undefined) buffer.set(token, offsets[id]);
  });
  return { buffer, offsets };
}
