import type { Manifest } from './manifest.ts';

/** What a manifest's file begins with, and the version of its layout. */
export const manifestFormat = { format: 'toedit-manifest', formatVersion: 2 } as const;

/** What the last line begins with: no other line does. */
export const endOfManifest = '{"end":';

/** The first line of a manifest. */
export interface ManifestHeader {
  readonly format: string;
  readonly formatVersion: number;
  readonly run: Omit<Manifest, 'tasks' | 'skipped'>;
}

/** A line for an input that was left out; tasks stand as they are. */
export interface SkippedLine {
  readonly skipped: Manifest['skipped'][number];
}

/** The last line of a manifest: by it a file that was cut or damaged is told from a whole one. */
export interface ManifestEnd {
  readonly end: {
    readonly tasks: number;
    readonly skipped: number;
    /** SHA-256 of all bytes before this line, in hexadecimal. */
    readonly sha256: string;
  };
}
