/** What a process does to a file: `sync` stands for both fsync and fdatasync, `rename` is identified by its source. */
export type FileOperation = 'open' | 'write' | 'sync' | 'rename' | 'rm' | 'link' | 'mkdir';

/** The moment at which a process is to be killed: at the `nth` operation of a kind on files whose path matches. */
export interface KillTarget {
  readonly name: string;
  readonly operation: FileOperation;
  /** The source of a regular expression. */
  readonly path: string;
  /** `half`: once half of the bytes are written. */
  readonly moment: 'before' | 'half' | 'after';
  /** The highest `nth` at which a kill is tried, from 1: how often a run comes by, at least. */
  readonly times: number;
  /** The lowest. @defaultValue 1 */
  readonly from?: number;
}

/** Gives the preloaded kill switch its target, as JSON. */
export const killVariable = 'TOEDIT_KILL';

/** A target whose `nth` is chosen. */
export type ChosenTarget = Pick<KillTarget, 'operation' | 'path' | 'moment'> & {
  readonly nth: number;
};

const manifest = '/\\.toedit/\\.manifest[^/]*$';
const run = '/\\.toedit/[^/]+';
const claims = `${run}/claims/`;
const journals = `${run}/journals/`;
const segments = `${run}/journals/.*\\.arrows$`;
const parts = `${run}/parts/[^/]*\\.part$`;
const ledgers = `${run}/workers/.*\\.ledger\\.jsonl$`;

/** The moments of a run that a kill could spoil, in the order in which a file comes by them. */
export const killTargets: readonly KillTarget[] = [
  target('manifest half written', 'half write', manifest),
  target('manifest before its link', 'before link', manifest),
  target('manifest linked', 'after link', manifest),
  target('claim half written', 'half write', claims, 3),
  target('claim made', 'after link', claims, 3),
  target('journal directory made', 'after mkdir', journals, 3),
  target('segment made, empty', 'after open', segments, 3),
  target('before a journal append', 'before write', segments, 4),
  target('journal append half written', 'half write', segments, 4),
  target('journal append not synced', 'before sync', segments, 4),
  target('journal append synced', 'after sync', segments, 4),
  target('before the final write', 'before write', parts, 2),
  target('final write half done', 'half write', parts, 2),
  target('final write done', 'after write', parts, 2),
  // The first to open it is its writer.
  { ...target('check of the final file', 'before open', parts, 4), from: 2 },
  target('before the sync of the final file', 'before sync', parts, 2),
  target('before the rename', 'before rename', parts, 2),
  target('after the rename', 'after rename', parts, 2),
  target('before a ledger entry', 'before write', ledgers, 2),
  target('ledger entry half written', 'half write', ledgers, 2),
  target('ledger entry not synced', 'before sync', ledgers, 2),
  target('before the journal is dropped', 'before rm', journals, 2),
  target('journal dropped', 'after rm', journals, 2),
];

type At = `${KillTarget['moment']} ${FileOperation}`;

function target(name: string, at: At, path: string, times = 1): KillTarget {
  const [moment, operation] = at.split(' ') as [KillTarget['moment'], FileOperation];
  return { name, operation, path, moment, times };
}
