import type { RecordBatch } from 'apache-arrow';
import { noteOf, withNote } from './journal/note.ts';
import type { EditSample } from './ledger/ledger-entry.ts';

/** The record batch with the samples in its note, beside what stands there. */
export function noteSamples(batch: RecordBatch, samples: readonly EditSample[]): RecordBatch {
  const others = JSON.parse(noteOf(batch.metadata) ?? '{}') as object;
  return withNote(batch, JSON.stringify({ ...others, samples }));
}

/** The samples in a record batch's note. */
export function samplesOf(note: string): readonly EditSample[] {
  const { samples = [] } = JSON.parse(note) as { readonly samples?: readonly EditSample[] };
  return samples;
}
