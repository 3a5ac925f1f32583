/** True of names under which a file that is not data is an error rather than left out. */
export function hasDataExtension(path: string): boolean {
  return /\.(parquet|arrow|arrows|feather|ipc|jsonl|json|ndjson|gz|zst|zip)$/i.test(path);
}
