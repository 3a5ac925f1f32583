import { type DataType, Field, type RecordBatch, Utf8 } from 'apache-arrow';
import fc from 'fast-check';
import { candidatesType, columnNames, tokenIdsType, tokenLogprobsType } from '#toedit/src/columns';
import { scoringMetadata } from '#toedit/src/resampling/scoring-rule';
import { type TokenBytes, tokenBytesOf } from '#toedit/src/text/token-bytes';
import { recordBatchOf } from './record-batch-of.ts';

/** A document as a prior might have scored it; null text and tokens where the row passes unedited. */
export interface ScoredDocument {
  readonly text: string | null;
  readonly tokenIds: readonly number[];
  /** Null where no prediction exists. */
  readonly logprobs: readonly (number | null)[];
  readonly candidates: readonly {
    readonly position: number;
    readonly token_ids: readonly number[];
    readonly logprobs: readonly number[];
  }[];
}

/** Documents and the vocabulary they share. The last id is a special token. */
export interface ScoredCorpus {
  readonly tokenBytes: TokenBytes;
  readonly documents: readonly ScoredDocument[];
}

/** What `candidates` of {@link scoredCorpus} hold. */
export const corpusScoring = { threshold: 0.3, inclusive: true, topK: 6 } as const;

/** Random Unicode cut into tokens anywhere, characters not spared, with candidates taken from the other tokens. */
export const scoredCorpus: fc.Arbitrary<ScoredCorpus> = fc
  .record({
    texts: fc.array(fc.option(fc.string({ unit: 'binary', maxLength: 20 }), { freq: 6 }), {
      maxLength: 6,
    }),
    alphabet: fc.constantFrom('ab', 'aé', 'é漢', '漢字🙂', '🙂🙃a'),
    lengths: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 8 }),
    seed: fc.nat(),
  })
  .map(({ texts, alphabet, lengths, seed }) => {
    const random = randomNumbers(seed);
    const vocabulary = new Map<string, number>();
    const cut = (text: string): number[] =>
      chunks(Buffer.from(text), lengths).map((chunk) => {
        const hex = chunk.toString('hex');
        const id = vocabulary.get(hex) ?? vocabulary.size;
        vocabulary.set(hex, id);
        return id;
      });
    const tokenised = texts.map((text) => {
      const longer = text === null ? null : text + similarText(alphabet, random);
      return { text: longer, tokenIds: longer === null ? [] : cut(longer) };
    });
    cut(alphabet.repeat(3));
    const tokens = [...vocabulary.keys()].map((hex) => Buffer.from(hex, 'hex'));
    const special = tokens.push(Buffer.from('<s>')) - 1;
    return {
      tokenBytes: tokenBytesOf(tokens, [special]),
      documents: tokenised.map((document) => score(document, tokens.length, random)),
    };
  });

/** The record batch of the documents, as scoring leaves it. */
export function scoredRecordBatch(
  documents: readonly ScoredDocument[],
  textType: DataType = new Utf8(),
): RecordBatch {
  const encode = (text: string | null): unknown =>
    text === null || String(textType).endsWith('Utf8') ? text : Buffer.from(text);
  const added = <Value>(value: (document: ScoredDocument) => Value): (Value | null)[] =>
    documents.map((document) => (document.text === null ? null : value(document)));
  return recordBatchOf([
    { field: new Field('text', textType, true), values: documents.map(({ text }) => encode(text)) },
    {
      field: new Field(columnNames.tokenIds, tokenIdsType, true),
      values: added(({ tokenIds }) => tokenIds),
    },
    {
      field: new Field(columnNames.tokenLogprobs, tokenLogprobsType, true),
      values: added(({ logprobs }) => logprobs),
    },
    {
      field: new Field(
        columnNames.candidates,
        candidatesType,
        true,
        scoringMetadata(corpusScoring),
      ),
      values: added(({ candidates }) => candidates),
    },
  ]);
}

function score(
  { text, tokenIds }: { readonly text: string | null; readonly tokenIds: readonly number[] },
  vocabularySize: number,
  random: () => number,
): ScoredDocument {
  const logprobs = tokenIds.map((_, position) =>
    position === 0 && random() < 0.5 ? null : Math.fround(Math.log(random())),
  );
  const candidates = logprobs.flatMap((logprob, position) => {
    if (logprob === null || logprob < Math.fround(Math.log(corpusScoring.threshold))) return [];
    const others = Array.from({ length: corpusScoring.topK - 1 }, () =>
      Math.floor(random() * vocabularySize),
    ).filter((id, index, list) => id !== tokenIds[position] && list.indexOf(id) === index);
    const rest = 1 - Math.exp(logprob);
    const ids = [tokenIds[position] ?? 0, ...others];
    const values = [logprob, ...others.map(() => Math.fround(Math.log((rest * random()) / 6)))];
    const order = ids.map((_, index) => index).sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0));
    return [
      {
        position,
        token_ids: order.map((index) => ids[index] ?? 0),
        logprobs: order.map((index) => values[index] ?? 0),
      },
    ];
  });
  return { text, tokenIds, logprobs, candidates };
}

function chunks(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const result: Buffer[] = [];
  for (let start = 0, index = 0; start < bytes.length; index++) {
    const end = start + (lengths[index % lengths.length] ?? 1);
    result.push(bytes.subarray(start, end));
    start = end;
  }
  return result;
}

function similarText(alphabet: string, random: () => number): string {
  const letters = [...alphabet];
  return Array.from({ length: 12 }, () => letters[Math.floor(random() * letters.length)]).join('');
}

/** A linear congruential generator (Numerical Recipes), in (0, 1). */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return ((state >>> 8) + 0.5) / 2 ** 24;
  };
}

/** The new token's logprob and rank, by sorting the candidates anew. */
export function drawnFrom(
  document: ScoredDocument | undefined,
  { position, newId }: { readonly position: number; readonly newId: number | null },
): readonly (number | null | undefined)[] {
  if (newId === null) return [null, null];
  const { token_ids, logprobs } = document?.candidates.find((c) => c.position === position) ?? {};
  const candidates = (token_ids ?? []).map((id, index) => ({
    id,
    logprob: logprobs?.[index] ?? 0,
  }));
  const sorted = candidates.toSorted((a, b) => b.logprob - a.logprob || a.id - b.id);
  const place = sorted.findIndex(({ id }) => id === newId);
  return [sorted[place]?.logprob, place + 1];
}
