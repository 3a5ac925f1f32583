/** What a sink wrote: the final path, its rows, and its size in bytes. */
export interface WriteResult {
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
}
