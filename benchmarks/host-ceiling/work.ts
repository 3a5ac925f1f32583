/** Something whose rate is measured, again and again. */
export interface Work {
  readonly name: string;
  /**
   * `scoring`: the real prior, which the others are compared with. `whole`: all that `toedit edit` does to a file. `small`: that
   * to a file of one row. `part`: a part of it. `other`: what it would do to files of another format.
   */
  readonly kind: 'scoring' | 'whole' | 'small' | 'part' | 'other';
  readonly tokens: number;
  /** Bytes of UTF-8 in the text column. */
  readonly textBytes: number;
  readonly run: () => Promise<unknown>;
}
