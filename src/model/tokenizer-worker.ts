import { Tokenizer } from 'tokenizers';
import { answerCalls } from '../worker-protocol.ts';

/** What the tokenizer worker answers; it opens with a `tokenizer.json`. */
export interface TokenizerCalls {
  /** What the tokenizer puts before a text. What it puts behind one, such as EOS, is left out. */
  prefix: { readonly question: null; readonly answer: Int32Array };
  encode: {
    readonly question: readonly string[];
    readonly answer: readonly Int32Array<ArrayBuffer>[];
  };
}

answerCalls<TokenizerCalls, string>((description) => {
  const tokenizer = Tokenizer.fromString(description);
  tokenizer.disableTruncation();
  tokenizer.disablePadding();
  return {
    answers: {
      prefix: () => prefixOf(tokenizer),
      encode: (texts) => encode(tokenizer, texts),
    },
    transferOf: (answer) =>
      answer instanceof Int32Array ? [] : answer.map(({ buffer }) => buffer),
  };
});

async function prefixOf(tokenizer: Tokenizer): Promise<Int32Array> {
  const probe = 'a';
  const bare = (await tokenizer.encode(probe, null, { addSpecialTokens: false })).getIds();
  const whole = (await tokenizer.encode(probe, null, { addSpecialTokens: true })).getIds();
  const length = whole.findIndex((_, at) => bare.every((id, i) => whole[at + i] === id));
  return Int32Array.from(whole.slice(0, Math.max(length, 0)));
}

async function encode(
  tokenizer: Tokenizer,
  texts: readonly string[],
): Promise<Int32Array<ArrayBuffer>[]> {
  const encodings = await tokenizer.encodeBatch([...texts], { addSpecialTokens: false });
  return encodings.map((encoding) => Int32Array.from(encoding.getIds()));
}
