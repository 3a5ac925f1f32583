/** Nodes of a trie in typed arrays: a node stands for the n-gram of the tokens on its way from the root, node 0. */
export interface NgramTrie {
  size: number;
  parents: Int32Array;
  tokens: Int32Array;
  /** How often an n-gram of the highest order was met; of a lower order, how many tokens were met before it. */
  counts: Int32Array;
  /** n of the n-gram. */
  levels: Uint8Array;
  /** One more than a node by the hash of its parent and token; 0 where there is none. A power of two of slots. */
  slots: Int32Array;
}

const leastNodes = 2 ** 12;

/** A trie of the root alone. */
export function newTrie(): NgramTrie {
  return {
    size: 1,
    parents: new Int32Array(leastNodes).fill(-1, 0, 1),
    tokens: new Int32Array(leastNodes),
    counts: new Int32Array(leastNodes),
    levels: new Uint8Array(leastNodes),
    slots: new Int32Array(2 * leastNodes),
  };
}

/** The node of an n-gram and one more token; -1 where there is none, or the n-gram has none itself. */
export function childOf(trie: NgramTrie, parent: number, token: number): number {
  return parent < 0 ? -1 : (trie.slots[slotOf(trie, parent, token)] ?? 0) - 1;
}

/** The count of an n-gram and one more token; 0 where there is none. */
export function countOf(trie: NgramTrie, parent: number, token: number): number {
  const child = childOf(trie, parent, token);
  return child < 0 ? 0 : (trie.counts[child] ?? 0);
}

/** The node of an n-gram and one more token, which is added where there is none: it is then the last one. */
export function ensureChild(trie: NgramTrie, parent: number, token: number): number {
  const slot = slotOf(trie, parent, token);
  const found = (trie.slots[slot] ?? 0) - 1;
  if (found >= 0) return found;
  const node = trie.size++;
  trie.slots[slot] = node + 1;
  trie.parents[node] = parent;
  trie.tokens[node] = token;
  trie.levels[node] = (trie.levels[parent] ?? 0) + 1;
  if (trie.size === trie.parents.length) grow(trie);
  return node;
}

function slotOf({ slots, parents, tokens }: NgramTrie, parent: number, token: number): number {
  const mask = slots.length - 1;
  const mixed = Math.imul(Math.imul(parent, 0x9e3779b1) ^ token, 0x85ebca77);
  for (let slot = (mixed ^ (mixed >>> 15)) & mask; ; slot = (slot + 1) & mask) {
    const node = (slots[slot] ?? 0) - 1;
    if (node < 0 || (parents[node] === parent && tokens[node] === token)) return slot;
  }
}

function grow(trie: NgramTrie): void {
  const size = 2 * trie.parents.length;
  trie.parents = copied(trie.parents, new Int32Array(size));
  trie.tokens = copied(trie.tokens, new Int32Array(size));
  trie.counts = copied(trie.counts, new Int32Array(size));
  trie.levels = copied(trie.levels, new Uint8Array(size));
  trie.slots = new Int32Array(2 * size);
  for (let node = 1; node < trie.size; node++) {
    trie.slots[slotOf(trie, trie.parents[node] ?? 0, trie.tokens[node] ?? 0)] = node + 1;
  }
}

function copied<Values extends { set(values: Values): void }>(from: Values, to: Values): Values {
  to.set(from);
  return to;
}
