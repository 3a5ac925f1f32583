import { Socket } from 'node:net';
import process from 'node:process';
import { Tokenizer } from 'tokenizers';
import { messageOf } from '../errors.ts';
import { plainEnglish } from '../text/plain-english.ts';
import {
  answersDescriptor,
  frameReader,
  mostProcessorMs,
  outOfTime,
  readCall,
  writeCall,
} from './tokenizer-frames.ts';

/*
 * A process of its own: the tokenizers library ends the process in which a regular expression backtracks too often, and its work
 * cannot be interrupted. The first call is a `tokenizer.json`, answered with what it puts before a text; all others are texts,
 * answered with their token ids. The first part of an answer is why the call failed, or empty.
 */

// A terminal or a scheduler sends them to every process, and the parent decides when this one ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2']) {
  process.on(signal, () => undefined);
}

type Parts = readonly Uint8Array[];

const read = frameReader(process.stdin);
const answers = new Socket({ fd: answersDescriptor });
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
let tokenizer: Tokenizer | null = null;
for (let call = nextCall(); ; ) {
  const parts = await call;
  // Read ahead, so that the parent's end is noticed while a text takes long.
  call = nextCall();
  writeCall(answers, await answer(parts).catch(failure));
}

async function nextCall(): Promise<Parts> {
  const parts = await readCall(read);
  if (parts === null) process.kill(process.pid, 'SIGKILL');
  return parts ?? [];
}

async function answer(parts: Parts): Promise<Parts> {
  const texts = parts.map((part) => decoder.decode(part));
  const watch = watchProcessor(parts.reduce((sum, { length }) => sum + length, 0));
  try {
    if (tokenizer !== null) return [new Uint8Array(), ...(await encode(tokenizer, texts))];
    tokenizer = Tokenizer.fromString(texts.join(''));
    tokenizer.disableTruncation();
    tokenizer.disablePadding();
    await encode(tokenizer, [plainEnglish]);
    return [new Uint8Array(), await prefixOf(tokenizer)];
  } finally {
    clearInterval(watch);
  }
}

function failure(error: unknown): Parts {
  return [Buffer.from(messageOf(error) || 'no reason was given')];
}

function watchProcessor(textBytes: number): NodeJS.Timeout {
  const before = process.cpuUsage();
  return setInterval(() => {
    const { user, system } = process.cpuUsage(before);
    if ((user + system) / 1000 < mostProcessorMs(textBytes)) return;
    process.stderr.write(outOfTime, () => process.kill(process.pid, 'SIGKILL'));
  }, 100);
}

/** What the tokenizer puts before a text. What it puts behind one, such as EOS, is left out. */
async function prefixOf(tokenizer: Tokenizer): Promise<Uint8Array> {
  const probe = 'a';
  const bare = (await tokenizer.encode(probe, null, { addSpecialTokens: false })).getIds();
  const whole = (await tokenizer.encode(probe, null, { addSpecialTokens: true })).getIds();
  const length = whole.findIndex((_, at) => bare.every((id, i) => whole[at + i] === id));
  return bytesOf(whole.slice(0, Math.max(length, 0)));
}

async function encode(tokenizer: Tokenizer, texts: readonly string[]): Promise<Parts> {
  const encodings = await tokenizer.encodeBatch([...texts], { addSpecialTokens: false });
  return encodings.map((encoding) => bytesOf(encoding.getIds()));
}

function bytesOf(ids: readonly number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(ids).buffer);
}
