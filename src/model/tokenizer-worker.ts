import { parentPort, workerData } from 'node:worker_threads';
import { Tokenizer } from 'tokenizers';

/** What the tokenizer worker posts: once `ready` or `failed` at the start, then one answer a request, in order. */
export type TokenizerAnswer =
  | { readonly kind: 'ready'; readonly prefix: Int32Array }
  | { readonly kind: 'encoded'; readonly tokenIds: readonly Int32Array<ArrayBuffer>[] }
  | { readonly kind: 'failed'; readonly message: string };

const port = parentPort;
if (port === null) throw new Error('tokenizer-worker must run in a worker thread');

try {
  const tokenizer = Tokenizer.fromString(String(workerData));
  tokenizer.disableTruncation();
  tokenizer.disablePadding();
  let previous: Promise<void> = Promise.resolve();
  port.on('message', (texts: string[]) => {
    previous = previous.then(() => encode(tokenizer, texts)).then(post, fail);
  });
  const prefix = await tokenizer.encode('', null, { addSpecialTokens: true });
  post({ kind: 'ready', prefix: Int32Array.from(prefix.getIds()) });
} catch (error) {
  fail(error);
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
