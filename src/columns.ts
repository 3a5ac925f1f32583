import { Field, Float32, Int32, Int64, List, Struct, Utf8 } from 'apache-arrow';

/**
 * The columns that operators add to a record batch, in the order of the pipeline. `applyEdits` drops all of them but
 * those that it is asked to keep.
 */
export const columnNames = {
  tokenIds: 'token_ids',
  passReason: 'pass_reason',
  tokenLogprobs: 'token_logprobs',
  candidates: 'candidates',
  edits: 'edits',
  editCounts: 'edit_counts',
} as const;

/** The name of a column that an operator adds. */
export type AddedColumnName = (typeof columnNames)[keyof typeof columnNames];

/** Why rows pass unedited: the values of `pass_reason`, which is null for rows that were tokenised and scored. */
export const passReasons = [
  'null_text',
  /** A line of JSON has a value there that is no string. */
  'not_text',
  /** The line is not a JSON object. */
  'not_json',
  /** The text has more bytes than were asked for at most. */
  'over_byte_limit',
  'invalid_utf8',
  /** The tokens' bytes, one after the other, are not the text. */
  'tokenizer_mismatch',
  /** The tokenizer failed on the text alone: a regular expression of it backtracks too often, say. */
  'tokenizer_failed',
  /** The prior failed on a window of the text alone: out of memory, say. */
  'inference_failed',
] as const;

/** One of {@link passReasons}. */
export type PassReason = (typeof passReasons)[number];

/** `token_ids`: List<Int32>, null where the row passes unedited. */
export const tokenIdsType = new List(new Field('item', new Int32(), false));

/** `pass_reason`: Utf8, null where the row is tokenised and scored; else a {@link PassReason}. */
export const passReasonType = new Utf8();

/** `token_logprobs`: List<Float32>, natural log; an item is null where no prediction exists or none was wanted. */
export const tokenLogprobsType = new List(new Field('item', new Float32(), true));

/** One eligible token: its position and its top-k, most probable first, ties by id. */
export const candidateType = new Struct([
  new Field('position', new Int32(), false),
  new Field('token_ids', new List(new Field('item', new Int32(), false)), false),
  new Field('logprobs', new List(new Field('item', new Float32(), false)), false),
]);

/**
 * `candidates`: List<Struct<position: Int32, token_ids: List<Int32>, logprobs: List<Float32>>>, one item an eligible
 * token, by ascending position. Null where the row passes unedited. The field's metadata says what was scored, as
 * decimal or boolean text: `threshold`, `inclusive`, `topK`.
 */
export const candidatesType = new List(new Field('item', candidateType, false));

/**
 * `edits`: one item a changed token, by ascending position. `byte_offset` is where the old token began in the
 * original text; `new_id` is null where the token was deleted; `logprob` and `new_logprob` are the prior's natural log P of the old
 * and the new token, both after the original text before them; `rank` is the new token's place among all tokens there, 1 for the
 * likeliest, ties by id. `new_logprob` and `rank` are null where the token was deleted. Null where the row passes unedited.
 */
export const editsType = listOf([
  new Field('position', new Int32(), false),
  new Field('byte_offset', new Int64(), false),
  new Field('old_id', new Int32(), false),
  new Field('new_id', new Int32(), true),
  new Field('logprob', new Float32(), false),
  new Field('new_logprob', new Float32(), true),
  new Field('rank', new Int32(), true),
]);

/** The counters of `edit_counts`, each an Int32 of the row. */
export const editCountNames = [
  /** Tokens at or above the threshold. */
  'eligible',
  /** Eligible tokens for which a candidate was drawn (the original may be drawn again). */
  'drawn',
  /** Tokens replaced by another one. */
  'changed',
  /** Tokens deleted (`dropBelow`). */
  'deleted',
  /** Draws and deletions refused because they would break UTF-8: the original stays. */
  'refused_utf8',
  /** Draws refused because the candidate, or the original, is a special token: the original stays. */
  'refused_special',
] as const;

/** One counter of `edit_counts`. */
export type EditCountName = (typeof editCountNames)[number];

/** `edit_counts`: Struct of Int32, never null; all zero where the row passes unedited. */
export const editCountsType = new Struct(
  editCountNames.map((name) => new Field(name, new Int32(), false)),
);

function listOf(fields: Field[]): List<Struct> {
  return new List(new Field('item', new Struct(fields), false));
}
