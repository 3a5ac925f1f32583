import type { TokenBytes } from './token-bytes.ts';
import { advanceUtf8, utf8StateCount } from './utf8-automaton.ts';

/**
 * Where each token takes the UTF-8 automaton: one byte a token and state, the state after token `id` from state `s` at
 * `id * utf8StateCount + s`. Nine bytes a token; built once per model, so that the loop over tokens reads no bytes.
 */
export function tokenTransitions(tokenBytes: TokenBytes): Uint8Array {
  const known = built.get(tokenBytes);
  if (known !== undefined) return known;
  const transitions = build(tokenBytes);
  built.set(tokenBytes, transitions);
  return transitions;
}

/** A run over many small files resamples each in a pipeline of its own, all with one prior. */
const built = new WeakMap<TokenBytes, Uint8Array>();

function build(tokenBytes: TokenBytes): Uint8Array {
  const transitions = new Uint8Array(tokenBytes.size * utf8StateCount);
  for (let id = 0; id < tokenBytes.size; id++) {
    const bytes = tokenBytes.bytes(id);
    for (let state = 0; state < utf8StateCount; state++) {
      transitions[id * utf8StateCount + state] = advanceUtf8(state, bytes);
    }
  }
  return transitions;
}
