import { readFileSync, writeFileSync } from 'node:fs';
import { seededRandom } from '../../kills/seeded-random.ts';
import { endOfText, type Lab } from './lab.ts';

/** Documents one after the other, an end of text after each. */
function joinDocuments(documents: readonly Int32Array[]): Uint16Array {
  const joined = new Uint16Array(documents.reduce((sum, { length }) => sum + length + 1, 0));
  let at = 0;
  for (const document of documents) {
    joined.set(document, at);
    joined[at + document.length] = endOfText;
    at += document.length + 1;
  }
  return joined;
}

/** Texts as one stream of tokens. */
export async function tokensOf(lab: Lab, texts: readonly string[]): Promise<Uint16Array> {
  const tokenizer = await lab.tokenizer();
  return joinDocuments(await tokenizer.encode(texts));
}

export function writeTokens(path: string, tokens: Uint16Array): void {
  writeFileSync(path, new Uint8Array(tokens.buffer, tokens.byteOffset, tokens.byteLength));
}

export function readTokens(path: string): Uint16Array {
  const bytes = readFileSync(path);
  return new Uint16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** As many tokens of each of two streams as a share of a budget asks for: from their beginnings, and again where they are too short. */
export function mixStreams(
  [one, other]: readonly [Uint16Array, Uint16Array],
  share: number,
  budget: number,
): Uint16Array {
  const ofOther = Math.round(share * budget);
  const mixed = new Uint16Array(budget);
  for (let at = 0; at < budget; at++) {
    const ofOne = at - ofOther;
    mixed[at] = (ofOne < 0 ? other[at % other.length] : one[ofOne % one.length]) ?? endOfText;
  }
  return mixed;
}

/**
 * Replaces `changes` tokens at positions drawn evenly by tokens drawn from the stream itself, each other than the one it replaces.
 * Ends of text stay.
 */
export function changeAtRandom(stream: Uint16Array, changes: number, seed: number): Uint16Array {
  const random = seededRandom(seed);
  const drawn = (): number => Math.floor(random() * stream.length);
  const changed = stream.slice();
  const positions = new Set<number>();
  while (positions.size < changes) {
    const at = drawn();
    if (stream[at] === endOfText || positions.has(at)) continue;
    const token = stream[drawn()] ?? endOfText;
    if (token === endOfText || token === stream[at]) continue;
    changed[at] = token;
    positions.add(at);
  }
  return changed;
}

/** The texts between the ends of text of a stream, by the tokens' bytes; what is no UTF-8 at their ends becomes U+FFFD. */
export async function decodeStream(lab: Lab, stream: Uint16Array): Promise<string[]> {
  const { tokenBytes } = await lab.tokenizer();
  const texts: string[] = [];
  let begin = 0;
  for (let at = 0; at <= stream.length; at++) {
    if (at < stream.length && stream[at] !== endOfText) continue;
    const parts = Array.from(stream.subarray(begin, at), (id) => tokenBytes.bytes(id));
    if (at > begin) texts.push(Buffer.concat(parts).toString('utf8'));
    begin = at + 1;
  }
  return texts;
}
