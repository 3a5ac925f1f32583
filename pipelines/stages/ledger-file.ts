import { createHash } from 'node:crypto';
import type { RecordBatch } from 'apache-arrow';
import { readParquet } from '../../operators/formats/read-parquet.ts';
import type { OriginalRows, Originals } from '../../operators/reverse-edits.ts';
import type { ToeditError } from '../../src/errors.ts';
import { badOption } from '../../src/options.ts';
import { type LedgerEdit, ledgerEdits, ledgerRunKey } from '../../src/record/edit-ledger.ts';
import { documentKeyText } from '../../src/record/whole-edits.ts';
import { textSelection } from '../../src/texts/text-selection.ts';
import { optionsOfManifest } from './corpus-options.ts';
import type { EditedRun } from './edited-run.ts';

/** A ledger that belongs to a run, and where the edits of each file begin in it. */
export interface EditLedger {
  readonly path: string;
  /** SHA-256 of what it says of the texts, in hexadecimal: however the file is written. */
  readonly digest: string;
  readonly files: ReadonlyMap<string, { readonly firstEdit: number; readonly edits: number }>;
}

/**
 * Reads a ledger through, and makes sure that it is that of a run: every output must have as many edits in it as the run counted.
 *
 * @throws ToeditError `BAD_OPTION` where it is no ledger, or not that run's; of reading a Parquet file.
 */
export async function openEditLedger(
  path: string,
  { manifest, outputs }: EditedRun,
): Promise<EditLedger> {
  const files = new Map<string, { readonly firstEdit: number; edits: number }>();
  const hash = createHash('sha256');
  let read = 0;
  for await (const batch of readParquet(path)) {
    requireRun(path, batch, manifest.id);
    for (const edit of ledgerEdits(batch)) {
      const { file } = edit;
      hash.update(wordsOf(edit));
      const found = files.get(file) ?? { firstEdit: read, edits: 0 };
      if (found.firstEdit + found.edits !== read)
        throw notThatRun(path, `${file} is in two places`);
      files.set(file, found);
      found.edits++;
      read++;
    }
  }
  const isMany = textSelection(optionsOfManifest(manifest))?.isMany === true;
  const expected = outputs.flatMap(({ relativePath, report: { totals, deadLetters } }) => {
    const edits = (totals?.edits.changed ?? 0) + (totals?.edits.deleted ?? 0);
    // Of rows that were set aside for one text, others were counted and not edited.
    const most = isMany && deadLetters > 0 ? (files.get(relativePath)?.edits ?? 0) : edits;
    return most === 0 || edits === 0 ? [] : [[relativePath, Math.min(most, edits)] as const];
  });
  for (const [file, edits] of expected) {
    const found = files.get(file)?.edits ?? 0;
    if (found === edits) continue;
    throw notThatRun(path, `of ${file} it has ${String(found)} edits, not ${String(edits)}`);
  }
  if (files.size > expected.length) throw notThatRun(path, 'it has edits of other files');
  return { path, digest: hash.digest('hex'), files };
}

/** What decides the bytes that an edit leads back to. */
function wordsOf({ file, outputRow, byteOffset, documentKey, text, ...edit }: LedgerEdit): string {
  const bytes = [edit.oldBytes, edit.newBytes].map((each) => Buffer.from(each).toString('hex'));
  const place = text === undefined ? [] : [text.outputText, text.place];
  return `${JSON.stringify([file, outputRow, byteOffset, documentKey, ...bytes, ...place])}\n`;
}

function requireRun(path: string, { schema: { metadata } }: RecordBatch, run: string): void {
  const found = metadata.get(ledgerRunKey);
  if (!metadata.has('toedit:ledger')) throw notThatRun(path, 'it is no ledger');
  if (found !== run) throw notThatRun(path, `it is the ledger of run ${String(found)}, not ${run}`);
}

function notThatRun(path: string, problem: string): ToeditError {
  return badOption('ledger', path, `${problem}; write it again with toedit ledger`);
}

/** The rows of an output by its edits in a ledger, from one of the output's rows on. */
export function originalsOfLedger(
  { path, files }: EditLedger,
  { file, firstRow }: { readonly file: string; readonly firstRow: number },
): Originals {
  const { firstEdit = 0, edits = 0 } = files.get(file) ?? {};
  const source = editsFrom(path, { firstEdit, edits });
  let next: LedgerEdit | undefined;
  let row = firstRow;
  const advance = async (): Promise<void> => {
    const { value, done } = await source.next();
    next = done === true ? undefined : value;
  };
  let begun = false;
  return {
    async take(count) {
      if (!begun) await advance();
      begun = true;
      const rows = new Map<number, LedgerEdit[]>();
      while (next !== undefined && textNumber(next) < row + count) {
        const at = textNumber(next) - row;
        rows.set(at, [...(rows.get(at) ?? []), next]);
        await advance();
      }
      row += count;
      return originalRows(rows);
    },
    [Symbol.asyncDispose]: async () => {
      await source.return(undefined);
    },
  };
}

/** Where a text is among those of the output: its row, where a row has one. */
function textNumber({ outputRow, text }: LedgerEdit): number {
  return text?.outputText ?? outputRow;
}

function originalRows(rows: ReadonlyMap<number, readonly LedgerEdit[]>): OriginalRows {
  return {
    edits: (row) => rows.get(row) ?? [],
    isOriginal(row, bytes) {
      const [edit] = rows.get(row) ?? [];
      if (edit === undefined) return true;
      return bytes !== null && documentKeyText(bytes) === edit.documentKey;
    },
  };
}

async function* editsFrom(
  path: string,
  { firstEdit, edits }: { readonly firstEdit: number; readonly edits: number },
): AsyncGenerator<LedgerEdit, undefined> {
  let left = edits;
  if (left === 0) return;
  for await (const batch of readParquet(path, { firstRow: firstEdit })) {
    for (const edit of ledgerEdits(batch)) {
      yield edit;
      if (--left === 0) return;
    }
  }
}
