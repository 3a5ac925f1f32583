/** A document by where it lies, and its perplexity. */
export interface RankedDocument {
  /** The input as it was named below its corpus; of an archive, with the member. */
  readonly file: string;
  /** From 0. */
  readonly row: number;
  readonly perplexity: number;
}

/** The documents of the highest and of the lowest perplexity: ten each. */
export interface ExtremeDocuments {
  /** Highest first. */
  worst: RankedDocument[];
  /** Lowest first. */
  best: RankedDocument[];
}

/** How many documents are named on each side. */
export const namedDocuments = 10;

/** No documents. */
export function newExtremes(): ExtremeDocuments {
  return { worst: [], best: [] };
}

/** Adds a document. */
export function addDocument(extremes: ExtremeDocuments, document: RankedDocument): void {
  insert(extremes.worst, document, (a, b) => b.perplexity - a.perplexity || byPlace(a, b));
  insert(extremes.best, document, (a, b) => a.perplexity - b.perplexity || byPlace(a, b));
}

/** Adds the documents of another part. */
export function mergeExtremes(into: ExtremeDocuments, from: ExtremeDocuments): void {
  for (const document of from.worst) {
    insert(into.worst, document, (a, b) => b.perplexity - a.perplexity || byPlace(a, b));
  }
  for (const document of from.best) {
    insert(into.best, document, (a, b) => a.perplexity - b.perplexity || byPlace(a, b));
  }
}

type Order = (one: RankedDocument, other: RankedDocument) => number;

function insert(ranked: RankedDocument[], document: RankedDocument, order: Order): void {
  const last = ranked.at(-1);
  if (ranked.length === namedDocuments && last !== undefined && order(document, last) >= 0) return;
  const at = ranked.findIndex((other) => order(document, other) < 0);
  ranked.splice(at === -1 ? ranked.length : at, 0, document);
  if (ranked.length > namedDocuments) ranked.pop();
}

function byPlace(one: RankedDocument, other: RankedDocument): number {
  if (one.file !== other.file) return one.file < other.file ? -1 : 1;
  return one.row - other.row;
}
