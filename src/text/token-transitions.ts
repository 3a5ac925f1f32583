import type { TokenBytes } from './token-bytes.ts';
import { advanceUtf8, utf8StateCount } from './utf8-automaton.ts';

/**
 * Where each token takes the UTF-8 automaton: one byte a token and state, the state after token `id` from state `s` at
 * `id * utf8StateCount + s`. Nine bytes a token; built once per model, so that the loop over tokens reads no bytes.
 */
export function tokenTransitions(tokenBytes: TokenBytes): Uint8Array {
  const transitions = new Uint8Array(tokenBytes.size * utf8StateCount);
  for (let id = 0; id < tokenBytes.size; id++) {
    const bytes = tokenBytes.bytes(id);
    for (let state = 0; state < utf8StateCount; state++) {
      transitions[id * utf8StateCount + state] = advanceUtf8(state, bytes);
    }
  }
  return transitions;
}
