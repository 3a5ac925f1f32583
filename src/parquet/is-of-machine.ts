/** A refusal of the file system, or an end of the thread that the file has not brought about. */
export function isOfMachine(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  return 'syscall' in cause || ('code' in cause && /^ERR_WORKER_/.test(String(cause.code)));
}
