import { parentPort, workerData } from 'node:worker_threads';
import { Tokenizer } from 'tokenizers';
import { answerRequests, type WorkerStart } from '../worker-protocol.ts';

/** What the tokenizer worker posts: once `ready` or `failed` at the start, then one answer a request, in order. */
export type TokenizerAnswer =
  | { readonly kind: 'ready'; readonly prefix: Int32Array }
  | { readonly kind: 'encoded'; readonly tokenIds: readonly Int32Array<ArrayBuffer>[] }
  | { readonly kind: 'failed'; readonly message: string };

const port = parentPort;
if (port === null) throw new Error('tokenizer-worker must run in a worker thread');

const { settings, closing } = workerData as WorkerStart<string>;

try {
  const tokenizer = Tokenizer.fromString(settings);
  tokenizer.disableTruncation();
  tokenizer.disablePadding();
  answerRequests<string[]>(port, {
    closing,
    answer: (texts) => encode(tokenizer, texts).then(post, fail),
    end: () => Promise.resolve(),
  });
  post({ kind: 'ready', prefix: await prefixOf(tokenizer) });
} catch (error) {
  fail(error);
}

/** What the tokenizer puts before a text. What it puts behind one, such as EOS, is left out. */
async function prefixOf(tokenizer: Tokenizer): Promise<Int32Array> {
  const probe = 'a';
  const bare = (await tokenizer.encode(probe, null, { addSpecialTokens: false })).getIds();
  const whole = (await tokenizer.encode(probe, null, { addSpecialTokens: true })).getIds();
  const length = whole.findIndex((_, at) => bare.every((id, i) => whole[at + i] === id));
  return Int32Array.from(whole.slice(0, Math.max(length, 0)));
}

async function encode(tokenizer: Tokenizer, texts: string[]): Promise<TokenizerAnswer> {
  const encodings = await tokenizer.encodeBatch(texts, { addSpecialTokens: false });
  const tokenIds = encodings.map((encoding) => Int32Array.from(encoding.getIds()));
  return { kind: 'encoded', tokenIds };
}

function post(answer: TokenizerAnswer): void {
  const buffers = answer.kind === 'encoded' ? answer.tokenIds.map(({ buffer }) => buffer) : [];
  port?.postMessage(answer, buffers);
}

function fail(error: unknown): void {
  post({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
}
