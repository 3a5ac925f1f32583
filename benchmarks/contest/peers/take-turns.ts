import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** Token ids of each document. */
export type Documents = readonly (readonly number[])[];

/** A tool that is loaded. */
export interface Loaded {
  /** Natural log P(token given those before it) of each document from its second token on, one document after the other. */
  readonly logprobs: () => Promise<Float32Array>;
  /** One pass over all documents; resolves with their tokens. */
  readonly pass: () => Promise<number>;
}

/**
 * How a tool in JavaScript takes its turns: it loads, writes its logprobs to a file, makes a first pass, then one pass a
 * line of standard input. Each answer is a line of JSON: seconds and tokens. `peer.py` is the same in Python.
 */
export async function takeTurns(load: (documents: Documents) => Promise<Loaded>): Promise<void> {
  const [documentsFile = '', logprobsFile = ''] = process.argv.slice(2);
  const documents = JSON.parse(readFileSync(documentsFile, 'utf8')) as Documents;
  let started = performance.now();
  const { logprobs, pass } = await load(documents);
  writeFileSync(logprobsFile, await logprobs());
  answer(started, await pass());
  for await (const _ of createInterface({ input: process.stdin })) {
    started = performance.now();
    answer(started, await pass());
  }
  process.exit();
}

function answer(started: number, tokens: number): void {
  console.log(JSON.stringify({ seconds: (performance.now() - started) / 1000, tokens }));
}
