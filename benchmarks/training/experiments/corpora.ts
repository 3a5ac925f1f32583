import { readArrow } from '../../../operators/formats/read-arrow.ts';
import { readParquet } from '../../../operators/formats/read-parquet.ts';
import type { Source } from '../../../src/operator.ts';
import { sharedFile } from '../../smollm2-directory.ts';
import { type Document, type Lab, textsOf, writeDocuments } from './lab.ts';
import { mixStreams, readTokens, tokensOf, writeTokens } from './token-files.ts';

const validationTokens = 16_384;
const testTokens = 49_152;

/** Tokens that a model reads at scale 1. */
const tokensAtScale1 = 65_536;
/** Human passages at scale 1: they have these tokens, and a few more. */
const passagesAtScale1 = 200;

/** Where corpora are, as files of JSON lines and of tokens; each is made when it is asked for. */
export interface Corpora {
  readonly scale: number;
  /** Tokens that a model reads. */
  readonly budget: number;
  /** JSON lines of the human passages that SmolLM2 continued, enough for the budget. */
  readonly human: () => Promise<string>;
  /** JSON lines of its continuations of them and of later ones. */
  readonly synthetic: () => Promise<string>;
  /** JSON lines of the first 6,000 characters of three of four PEPs. */
  readonly peps: () => Promise<string>;
  /** Their first tokens, as many as a model reads. */
  readonly pepTokens: () => Promise<string>;
  /** Tokens of a file of JSON lines. */
  readonly tokens: (name: string, path: () => Promise<string>) => Promise<string>;
  /** The tokens of the human passages, but that the windows begin 64 tokens later. */
  readonly shifted: () => Promise<string>;
  /** Tokens, of which a share is synthetic and the rest human; `length` in all. */
  readonly mixture: (share: number, length: number) => Promise<string>;
  readonly heldOut: () => Promise<Readonly<Record<string, string>>>;
  /** The PEPs that no model is trained on. */
  readonly heldOutPeps: () => Promise<string>;
}

interface Passage extends Document {
  readonly split: string;
}

export function corporaOf(lab: Lab, scale: number): Corpora {
  const corpora: Corpora = {
    ...{ scale, budget: tokensAtScale1 * scale },
    human: () => lab.file('human.jsonl', (path) => writeHuman(path, passagesAtScale1 * scale)),
    synthetic: () => lab.file('synthetic.jsonl', writeSynthetic),
    peps: () => lab.file('peps.jsonl', (path) => writePeps(path, (row) => row % 4 !== 0)),
    pepTokens: () =>
      lab.file('tokens/peps.bin', async (path) => {
        const stream = await tokensOf(lab, textsOf(await corpora.peps()));
        writeTokens(path, stream.subarray(0, corpora.budget));
      }),
    tokens: (name, path) =>
      lab.file(`tokens/${name}.bin`, async (output) => {
        writeTokens(output, await tokensOf(lab, textsOf(await path())));
      }),
    shifted: () =>
      lab.file('tokens/human-shifted.bin', async (path) => {
        const human = readTokens(await corpora.tokens('human', corpora.human));
        writeTokens(
          path,
          Uint16Array.from({ length: corpora.budget }, (_, at) => {
            return human[(at + 64) % human.length] ?? 0;
          }),
        );
      }),
    mixture: (share, length) =>
      lab.file(`tokens/mixture-${share}-${length}.bin`, async (output) => {
        const human = readTokens(await corpora.tokens('human', corpora.human));
        const synthetic = readTokens(await corpora.tokens('synthetic', corpora.synthetic));
        writeTokens(output, mixStreams([human, synthetic], share, length));
      }),
    heldOut: async () => ({
      validation: await heldOut(lab, 'validation', validationTokens),
      test: await heldOut(lab, 'test', testTokens),
    }),
    heldOutPeps: () => heldOutPeps(lab),
  };
  return corpora;
}

const evidence = (name: string): Source => readParquet(sharedFile(`data/evidence/${name}.parquet`));

/** Continuations of further passages, by `python/continue_passages.py`. */
const furtherContinuations = 'benchmarks/training/continuations.parquet';

async function rowsOf<Row>(source: Source): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const batch of source) {
    for (const row of batch) rows.push(row.toJSON() as Row);
  }
  return rows;
}

/** The first passages of the training split, which were continued in this order. */
async function writeHuman(path: string, count: number): Promise<void> {
  const passages = await rowsOf<Passage>(evidence('human'));
  const train = passages.filter(({ split }) => split === 'train').slice(0, count);
  writeDocuments(
    path,
    train.map(({ id, text }) => ({ id, text })),
  );
}

async function writeSynthetic(path: string): Promise<void> {
  const documents = [
    ...(await rowsOf<Document>(evidence('synthetic'))),
    ...(await rowsOf<Document>(readParquet(furtherContinuations))),
  ];
  writeDocuments(
    path,
    documents.flatMap(({ id, text }) => (text === '' ? [] : [{ id, text }])),
  );
}

async function writePeps(path: string, isWanted: (row: number) => boolean): Promise<void> {
  const documents = await rowsOf<Document>(readArrow(sharedFile('data/tech.arrow')));
  const wanted = documents.filter((_, row) => isWanted(row));
  writeDocuments(
    path,
    wanted.map(({ id, text }) => ({ id, text: text.slice(0, 6000) })),
  );
}

/** The first tokens of the passages of a split, which are in random order. */
function heldOut(lab: Lab, split: string, length: number): Promise<string> {
  return lab.file(`tokens/${split}.bin`, async (path) => {
    const passages = (await rowsOf<Passage>(evidence('human'))).filter(
      (passage) => passage.split === split,
    );
    const texts = passages.slice(0, length / 128).map(({ text }) => text);
    writeTokens(path, (await tokensOf(lab, texts)).subarray(0, length));
  });
}

async function heldOutPeps(lab: Lab): Promise<string> {
  const documents = await lab.file('held-out-peps.jsonl', (path) =>
    writePeps(path, (row) => row % 4 === 0),
  );
  return lab.file('tokens/held-out-peps.bin', async (path) => {
    writeTokens(path, (await tokensOf(lab, textsOf(documents))).subarray(0, validationTokens));
  });
}
