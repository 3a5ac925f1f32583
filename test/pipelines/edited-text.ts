import { loadPrior, type TokenBytes } from 'toedit';
import { root } from '../sandbox.ts';

/** One item of an `edits` column, as JSON has it; int64 may be text. */
export interface EditJson {
  readonly position: number;
  readonly byte_offset: number | string;
  readonly old_id: number;
  readonly new_id: number | null;
}

/** The embedded prior's token bytes. */
export async function tinyTokenBytes(): Promise<TokenBytes> {
  await using prior = await loadPrior(`${root}models/tiny`);
  return prior.tokenBytes;
}

/** The text with the edits of its report, done by hand from the last one to the first. */
export function editedText(
  text: string,
  edits: readonly EditJson[],
  tokenBytes: TokenBytes,
): string {
  let bytes = Buffer.from(text);
  for (const { byte_offset, old_id, new_id } of edits.toReversed()) {
    const at = Number(byte_offset);
    const after = bytes.subarray(at + tokenBytes.length(old_id));
    const drawn = new_id === null ? new Uint8Array(0) : tokenBytes.bytes(new_id);
    bytes = Buffer.concat([bytes.subarray(0, at), drawn, after]);
  }
  return bytes.toString();
}
