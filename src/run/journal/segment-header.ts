import { Schema } from 'apache-arrow';

/** What a segment of a journal says of itself, in its schema's metadata. */
export interface SegmentHeader {
  /** What the rows depend on; segments of different identities do not mix. */
  readonly identity: string;
  /** Row of the unit at which the segment begins, from 0. */
  readonly firstRow: number;
}

interface StoredHeader extends SegmentHeader {
  /** What the schema itself had under the key: an input may be a journal's segment. */
  readonly replaced: string | null;
}

const headerKey = 'toedit:journal';

/** The schema with the header among its metadata. */
export function withSegmentHeader(schema: Schema, header: SegmentHeader): Schema {
  const stored: StoredHeader = { ...header, replaced: schema.metadata.get(headerKey) ?? null };
  const metadata = new Map(schema.metadata).set(headerKey, JSON.stringify(stored));
  return new Schema(schema.fields, metadata, schema.dictionaries);
}

/**
 * The header in a segment's schema, and the schema as it was before.
 *
 * @throws Error where there is no header: the file is no segment.
 */
export function segmentHeader(schema: Schema): { header: SegmentHeader; schema: Schema } {
  const json = schema.metadata.get(headerKey);
  if (json === undefined) throw new Error('it has no header');
  const { identity, firstRow, replaced } = JSON.parse(json) as StoredHeader;
  const metadata = new Map(schema.metadata);
  if (replaced === null) metadata.delete(headerKey);
  else metadata.set(headerKey, replaced);
  const original = new Schema(schema.fields, metadata, schema.dictionaries);
  return { header: { identity, firstRow }, schema: original };
}
