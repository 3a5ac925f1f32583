import { Field } from 'apache-arrow';
import { requireAbsent, withColumns } from '../src/arrow/columns.ts';
import { int32ListData } from '../src/arrow/lists.ts';
import { passReasonColumn } from '../src/arrow/pass-reasons.ts';
import { type TextColumn, textColumn } from '../src/arrow/text-column.ts';
import { columnNames, type PassReason, tokenIdsType } from '../src/columns.ts';
import { ToeditError } from '../src/errors.ts';
import type { Operator } from '../src/operator.ts';
import { requireInteger, requireNames } from '../src/options.ts';
import type { TokenBytes } from '../src/text/token-bytes.ts';
import { isValidUtf8 } from '../src/text/utf8.ts';
import { textlessReasons } from '../src/texts/text-rows.ts';

/** What `tokenize` needs of a prior. */
export interface Tokenizing {
  readonly tokenBytes: TokenBytes;
  /**
   * Token ids of each text, without BOS.
   *
   * @throws ToeditError INFERENCE_FAILED where it fails on a text: then each is tried alone.
   */
  encode(texts: readonly string[]): Promise<Int32Array[]>;
}

/** Settings of {@link tokenize}. */
export interface TokenizeOptions {
  /** Text or binary of any kind, or a dictionary of these. @defaultValue 'text' */
  readonly textColumn?: string | undefined;
  /** Texts of more bytes are not tokenised: they pass as `over_byte_limit`. @defaultValue 256 MiB */
  readonly maxTextBytes?: number | undefined;
}

/**
 * Adds `token_ids` (List<Int32>, without BOS) and `pass_reason`. A row whose text is null, too long, not UTF-8, or not the
 * concatenation of its tokens' bytes (a normalising tokenizer) gets null `token_ids` and the first of these reasons: it
 * passes unedited. So does one that the tokenizer fails on alone.
 *
 * @throws ToeditError BAD_OPTION at once; COLUMN_MISSING, COLUMN_TYPE or COLUMN_EXISTS with the first record batch; UNSUPPORTED
 * where the tokenizer fails on 16 texts in a row.
 */
export function tokenize(prior: Tokenizing, options: TokenizeOptions = {}): Operator {
  const { textColumn: name = 'text', maxTextBytes = longestText } = options;
  requireNames('tokenize', options, { textColumn: true, maxTextBytes: true });
  requireInteger('maxTextBytes', maxTextBytes, [1, longestText]);
  return async function* tokenize(source, { signal } = {}) {
    const encode = encoderOf(prior, signal);
    for await (const batch of source) {
      signal?.throwIfAborted();
      requireAbsent(batch, [columnNames.tokenIds, columnNames.passReason]);
      const rows = await tokenizeRows(textColumn(batch, name), {
        ...{ maxTextBytes, encode, tokenBytes: prior.tokenBytes },
        nullReason: textlessReasons(batch),
      });
      yield withColumns(batch, [
        { field: new Field(columnNames.tokenIds, tokenIdsType, true), data: tokenIdsData(rows) },
        passReasonColumn(rows.map((ids) => (typeof ids === 'string' ? ids : null))),
      ]);
    }
  };
}

/** A string of JavaScript has at most 2^29 - 24 units; the tokenizer copies the text more than once. */
const longestText = 2 ** 28;

interface RowsToTokenize extends Pick<Tokenizing, 'tokenBytes'> {
  readonly encode: Encode;
  readonly maxTextBytes: number;
  /** Why a row has no text. */
  readonly nullReason: (row: number) => PassReason;
}

/** A row's token ids, or why it has none. */
type TokenizedRow = Int32Array | PassReason;

async function tokenizeRows(
  column: TextColumn,
  { encode, tokenBytes, maxTextBytes, nullReason }: RowsToTokenize,
): Promise<TokenizedRow[]> {
  const rows: TokenizedRow[] = [];
  const texts: string[] = [];
  const at: number[] = [];
  for (let row = 0; row < column.length; row++) {
    const bytes = column.bytes(row);
    if (column.isNull(row)) rows.push(nullReason(row));
    else if (bytes.length > maxTextBytes) rows.push('over_byte_limit');
    else if (!isValidUtf8(bytes)) rows.push('invalid_utf8');
    else {
      at.push(row);
      texts.push(decoder.decode(bytes));
      rows.push(none);
    }
  }
  const encoded = texts.length === 0 ? [] : await encode(texts);
  at.forEach((row, i) => {
    const ids = encoded[i] ?? null;
    if (ids === null) rows[row] = 'tokenizer_failed';
    else rows[row] = spells(tokenBytes, ids, column.bytes(row)) ? ids : 'tokenizer_mismatch';
  });
  return rows;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const none = new Int32Array(0);

/** Token ids of each text; null where the tokenizer fails on it. */
type Encode = (texts: readonly string[]) => Promise<readonly (Int32Array | null)[]>;

/** Each failure may take ten seconds: a file of nothing else must come to its end. */
const mostFailures = 16;

/** Encodes the texts of a stream: together, and one by one where that fails. */
function encoderOf(prior: Tokenizing, signal: AbortSignal | undefined): Encode {
  let failures = 0;
  const alone = async (text: string): Promise<Int32Array | null> => {
    signal?.throwIfAborted();
    try {
      const [ids = none] = await prior.encode([text]);
      failures = 0;
      return ids;
    } catch (error) {
      if (!isFailure(error)) throw error;
      if (++failures < mostFailures) return null;
      const found = `the tokenizer fails on ${mostFailures} texts in a row: ${error.message}`;
      const remedy = 'leave the file out, or use a prior with another tokenizer';
      throw new ToeditError('UNSUPPORTED', `${found}; ${remedy}`, { cause: error });
    }
  };
  return async (texts) => {
    try {
      const encoded = await prior.encode(texts);
      failures = 0;
      return encoded;
    } catch (error) {
      if (!isFailure(error)) throw error;
    }
    const rows: (Int32Array | null)[] = [];
    for (const text of texts) rows.push(await alone(text));
    return rows;
  };
}

function isFailure(error: unknown): error is ToeditError {
  return error instanceof ToeditError && error.code === 'INFERENCE_FAILED';
}

/** True where the bytes of the tokens, one after the other, are the text. */
function spells(tokenBytes: TokenBytes, ids: Int32Array, text: Uint8Array): boolean {
  let at = 0;
  for (const id of ids) {
    const bytes = tokenBytes.bytes(id);
    for (let i = 0; i < bytes.length; i++) {
      if (bytes[i] !== text[at + i]) return false;
    }
    at += bytes.length;
  }
  return at === text.length;
}

function tokenIdsData(rows: readonly TokenizedRow[]) {
  const offsets = new Int32Array(rows.length + 1);
  const validity = new Uint8Array(Math.ceil(rows.length / 8));
  rows.forEach((ids, row) => {
    offsets[row + 1] = (offsets[row] ?? 0) + (typeof ids === 'string' ? 0 : ids.length);
    if (typeof ids !== 'string') validity[row >> 3] = (validity[row >> 3] ?? 0) | (1 << (row & 7));
  });
  const values = new Int32Array(offsets[rows.length] ?? 0);
  rows.forEach((ids, row) => {
    if (typeof ids !== 'string') values.set(ids, offsets[row]);
  });
  return int32ListData(offsets, values, validity);
}
