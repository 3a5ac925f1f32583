import type { RecordBatch } from 'apache-arrow';
import { noteOf, withNote } from '../run/journal/note.ts';
import { addTotals, parseTotals, type RunTotals, serializeTotals } from './run-totals.ts';

/**
 * The record batch with the totals added to those in its note: so they go with it to the journal. Whatever else the note
 * holds stays.
 */
export function noteTotals(batch: RecordBatch, totals: RunTotals): RecordBatch {
  const note = noteOf(batch.metadata) ?? '{}';
  const whole = parseTotals(note);
  addTotals(whole, totals);
  const others = JSON.parse(note) as object;
  const counts = JSON.parse(serializeTotals(whole)) as object;
  return withNote(batch, JSON.stringify({ ...others, ...counts }));
}
