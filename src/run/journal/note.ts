import { RecordBatch } from 'apache-arrow';

/** The key of a record batch's own metadata under which its note travels: what was counted while it was made. */
const noteKey = 'toedit:note';

/** The note among a record batch's own metadata; undefined where there is none. */
export function noteOf(metadata: ReadonlyMap<string, string>): string | undefined {
  return metadata.get(noteKey);
}

/** The record batch with a note in place of the one it has; without one where it is undefined. Nothing is copied. */
export function withNote(batch: RecordBatch, note: string | undefined): RecordBatch {
  const metadata = new Map(batch.metadata);
  metadata.delete(noteKey);
  if (note !== undefined) metadata.set(noteKey, note);
  return new RecordBatch(batch.schema, batch.data, metadata);
}
