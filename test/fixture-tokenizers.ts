import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The bytes of byte fallback, and pieces of a few letters, most of them merges of others. */
const pieces = ['▁', 'a', 'b', 'c', 'é', '漢', 'ab', '▁a', '▁ab', 'ca', '▁▁'];
const merges = [
  ['a', 'b'],
  ['▁', 'a'],
  ['▁', 'ab'],
  ['c', 'a'],
  ['▁', '▁'],
];
const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${hex(byte)}>`);
const special = (id: number, content: string) => ({
  ...{ id, content, special: true, normalized: false },
  ...{ single_word: false, lstrip: false, rstrip: false },
});

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0');
}

/** A `tokenizer.json` as SentencePiece BPE models are converted to: `Prepend` and `Replace`, byte fallback, BOS 1. */
export const sentencePieceTokenizer = {
  version: '1.0',
  added_tokens: [special(0, '<unk>'), special(1, '<s>'), special(2, '</s>')],
  normalizer: {
    type: 'Sequence',
    normalizers: [
      { type: 'Prepend', prepend: '▁' },
      { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
    ],
  },
  pre_tokenizer: null as unknown,
  post_processor: {
    type: 'TemplateProcessing',
    single: [
      { SpecialToken: { id: '<s>', type_id: 0 } },
      { Sequence: { id: 'A', type_id: 0 } },
      { SpecialToken: { id: '</s>', type_id: 0 } },
    ],
    pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
    special_tokens: {
      '<s>': { id: '<s>', ids: [1], tokens: ['<s>'] },
      '</s>': { id: '</s>', ids: [2], tokens: ['</s>'] },
    },
  } as unknown,
  decoder: {
    type: 'Sequence',
    decoders: [
      { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
      { type: 'ByteFallback' },
      { type: 'Fuse' },
      { type: 'Strip', content: ' ', start: 1, stop: 0 },
    ],
  } as unknown,
  model: {
    type: 'BPE',
    unk_token: '<unk>',
    fuse_unk: true,
    byte_fallback: true,
    vocab: Object.fromEntries(
      ['<unk>', '<s>', '</s>', ...bytes, ...pieces].map((piece, id) => [piece, id]),
    ),
    merges,
  },
};

/** The same vocabulary, spaces replaced by a `Metaspace` pre-tokenizer. */
export const metaspaceTokenizer = {
  ...sentencePieceTokenizer,
  normalizer: null,
  pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: false },
  decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: false },
  post_processor: null,
};

/** A tokenizer that lower-cases: its tokens are not the text's bytes. */
export const lowerCaseTokenizer = {
  ...metaspaceTokenizer,
  normalizer: { type: 'Lowercase' },
};

/** A tokenizer whose tokens do not say where spaces stood. */
export const wordPieceTokenizer = {
  version: '1.0',
  added_tokens: [special(0, '[UNK]')],
  normalizer: null,
  pre_tokenizer: { type: 'Whitespace' },
  post_processor: null,
  decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: { '[UNK]': 0, a: 1, '##b': 2 },
  },
};

/** A regular expression that takes time that doubles with each `a` that something else follows. */
export const catastrophic = '(a+)+$';

/** A text that it cannot be matched with. */
export const deadlyText = `${'a'.repeat(40)}!`;

/** A tokenizer that cuts texts at a regular expression. */
export function withPattern(pattern: string): object {
  const split = { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false };
  const pretokenizers = [split, metaspaceTokenizer.pre_tokenizer];
  return { ...metaspaceTokenizer, pre_tokenizer: { type: 'Sequence', pretokenizers } };
}

/** A tokenizer that looks for a regular expression, and puts an `a` in its place. */
export function withNormalizer(pattern: string): object {
  const normalizer = { type: 'Replace', pattern: { Regex: pattern }, content: 'a' };
  return { ...metaspaceTokenizer, normalizer };
}

/** Writes a JSON file below the directory. */
export function writeJson(directory: string, name: string, value: unknown): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, name), JSON.stringify(value));
}
