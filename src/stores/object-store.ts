/** What is known of an object without reading it. */
export interface ObjectFacts {
  readonly bytes: number;
  /** What the store calls this content, as it writes it: another one after every change. */
  readonly etag: string;
  /** Of the content, in hexadecimal, where the store states it; else null. */
  readonly sha256: string | null;
}

/** Part of an object, in bytes: all of it is there. */
export interface ObjectRange {
  readonly start: number;
  readonly length: number;
}

/** A client of one bucket, repository or web server. Its methods try once: failures that may pass are `PassingFailure`. */
export interface ObjectStore {
  /** The keys below a prefix, in no certain order; a prefix is empty or ends with `/`. */
  readonly list: (prefix: string, signal: AbortSignal) => Promise<readonly string[]>;
  /** Null where there is no such object. */
  readonly stat: (key: string, signal: AbortSignal) => Promise<ObjectFacts | null>;
  /** The bytes of a range of the content that the facts are of; any other content is an `INPUT_CHANGED`. */
  readonly read: (
    key: string,
    range: ObjectRange & { readonly facts: ObjectFacts },
    signal: AbortSignal,
  ) => Promise<Uint8Array>;
}
