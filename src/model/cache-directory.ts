import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where toedit keeps what it can make again: split graphs, and what was measured. */
export function cacheDirectory(): string {
  return join(homedir(), '.cache', 'toedit');
}
