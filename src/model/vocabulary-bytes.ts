import { type TokenBytes, tokenBytesOf } from '../text/token-bytes.ts';
import { isJsonObject, type JsonObject, modelInvalid, mostTokens } from './read-model-files.ts';

/** One entry of `added_tokens` in a `tokenizer.json`. */
interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
}

/**
 * The bytes of each token of a Hugging Face `tokenizer.json`: byte-level BPE by its alphabet; SentencePiece style
 * with `▁` for a space and `<0xNN>` for a byte. Added tokens stand for their own text.
 *
 * @throws ToeditError MODEL_INVALID where the decoder is neither, or an id is none.
 */
export function vocabularyBytes(tokenizer: JsonObject, file: string): TokenBytes {
  const decode = tokenDecoder(tokenizer, file);
  const tokens: (Uint8Array | undefined)[] = [];
  for (const [token, id] of vocabulary(tokenizer, file)) tokens[known(id, file)] = decode(token);
  const added = addedTokens(tokenizer);
  for (const { id, content } of added) tokens[known(id, file)] = encoder.encode(content);
  for (let id = 0; id < tokens.length; id++) tokens[id] ??= undefined;
  return tokenBytesOf(
    tokens,
    added.filter(({ special }) => special).map(({ id }) => id),
  );
}

const encoder = new TextEncoder();

/** Memory is taken for every id up to the largest. */
function known(id: number, file: string): number {
  if (Number.isInteger(id) && id >= 0 && id < mostTokens) return id;
  throw modelInvalid(
    file,
    `a token has the id ${id}, and those from 0 to ${mostTokens - 1} are read`,
  );
}

/** BPE keeps its vocabulary as an object of ids, Unigram as a list of pieces in the order of their ids. */
function vocabulary(tokenizer: JsonObject, file: string): [string, number][] {
  const model = tokenizer['model'];
  const vocab = isJsonObject(model) ? model['vocab'] : undefined;
  if (Array.isArray(vocab)) return vocab.map((entry: unknown, id) => [pieceOf(entry), id]);
  if (isJsonObject(vocab)) return Object.entries(vocab).map(([token, id]) => [token, Number(id)]);
  throw modelInvalid(file, 'it holds no vocabulary (model.vocab)');
}

function pieceOf(entry: unknown): string {
  return Array.isArray(entry) && typeof entry[0] === 'string' ? entry[0] : '';
}

function addedTokens(tokenizer: JsonObject): AddedToken[] {
  const list = tokenizer['added_tokens'];
  if (!Array.isArray(list)) return [];
  return list.filter(isJsonObject).map((token) => ({
    id: Number(token['id']),
    content: String(token['content']),
    special: token['special'] === true,
  }));
}

/** A token as the vocabulary spells it to its bytes; undefined where it cannot stand in a text. */
type TokenDecoder = (token: string) => Uint8Array | undefined;

function tokenDecoder(tokenizer: JsonObject, file: string): TokenDecoder {
  const types = componentTypes(tokenizer['decoder']);
  if (types.includes('ByteLevel')) return byteLevelDecoder();
  if (types.includes('ByteFallback') || types.includes('Metaspace')) return sentencePieceDecoder;
  const found = types.length === 0 ? 'none' : types.join(', ');
  throw modelInvalid(
    file,
    `its decoder (${found}) does not say the bytes of a token; toedit reads byte-level and SentencePiece tokenizers`,
  );
}

/** The types of a tokenizer component, those inside a Sequence too. */
function componentTypes(component: unknown): string[] {
  if (!isJsonObject(component)) return [];
  const inner = component['decoders'];
  const types = Array.isArray(inner) ? inner.flatMap(componentTypes) : [];
  return [String(component['type']), ...types];
}

function byteLevelDecoder(): TokenDecoder {
  const alphabet = byteLevelAlphabet();
  return (token) => {
    const bytes = Array.from(token, (character) => alphabet.get(character) ?? -1);
    return bytes.includes(-1) ? undefined : Uint8Array.from(bytes);
  };
}

function sentencePieceDecoder(token: string): Uint8Array {
  const byte = /^<0x([0-9A-F]{2})>$/iu.exec(token)?.[1];
  if (byte !== undefined) return Uint8Array.of(Number.parseInt(byte, 16));
  return encoder.encode(token.replaceAll('▁', ' '));
}

/**
 * The alphabet of byte-level BPE (GPT-2): one printable character a byte. Bytes that are printable in Latin-1 stand
 * for themselves; the others follow from U+0100 on, in byte order.
 */
function byteLevelAlphabet(): ReadonlyMap<string, number> {
  const alphabet = new Map<string, number>();
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    const printable =
      (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    alphabet.set(String.fromCodePoint(printable ? byte : next++), byte);
  }
  return alphabet;
}
