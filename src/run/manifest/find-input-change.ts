import { stat } from 'node:fs/promises';
import { ToeditError } from '../../errors.ts';
import { fileUnreadable } from '../../files/file-unreadable.ts';
import { fingerprintFile } from './fingerprint-file.ts';
import type { Task } from './manifest.ts';

/** How an input differs from what was planned; `was` and `is` are words for a message. */
export interface InputChange {
  readonly kind: 'gone' | 'size' | 'content' | 'unreadable';
  readonly was: string;
  readonly is: string;
}

/**
 * Tells whether a task's input is still the one that was planned. The same size and modification time are taken for the
 * same content; else the fingerprints are compared, so that a file up to 64 MiB may be touched or copied back.
 *
 * @returns null where it is unchanged. A file that vanished or cannot be read is told, not thrown.
 */
export async function findInputChange(
  task: Pick<Task, 'path' | 'bytes' | 'modifiedNs' | 'fingerprint'>,
): Promise<InputChange | null> {
  try {
    const { size, mtimeNs } = await stat(task.path, { bigint: true });
    if (size !== BigInt(task.bytes)) {
      return { kind: 'size', was: `${String(task.bytes)} bytes`, is: `${String(size)} bytes` };
    }
    if (String(mtimeNs) === task.modifiedNs) return null;
    const fingerprint = await fingerprintFile(task.path);
    if (fingerprint === task.fingerprint) return null;
    return { kind: 'content', was: task.fingerprint ?? 'unreadable', is: fingerprint };
  } catch (error) {
    return lost(task.path, error);
  }
}

function lost(path: string, error: unknown): InputChange {
  const cause = error instanceof ToeditError ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'gone', was: 'there', is: 'gone' };
  return { kind: 'unreadable', was: 'readable', is: fileUnreadable(path, error).message };
}
