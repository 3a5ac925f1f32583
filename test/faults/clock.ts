import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Start } from '../cli/run-toedit.ts';

const libraries = '/usr/lib';

/** Debian's faketime; undefined where it is not installed. */
const faketime = existsSync(libraries)
  ? readdirSync(libraries)
      .map((name) => join(libraries, name, 'faketime/libfaketimeMT.so.1'))
      .find((path) => existsSync(path))
  : undefined;

/** Whether a process can be given another clock here. */
export const canSetClock: boolean = faketime !== undefined;
if (!canSetClock)
  console.warn('skipped: clocks that differ (the package faketime is not installed)');

/** A host's clock that is off by so many hours: the heartbeats that it writes are off, too. */
export function withClock(offsetHours: number, { env = {}, ...start }: Start = {}): Start {
  const clock = {
    LD_PRELOAD: faketime ?? '',
    FAKETIME: `${offsetHours > 0 ? '+' : ''}${String(offsetHours)}h`,
  };
  const honest = { NO_FAKE_STAT: '1', DONT_FAKE_MONOTONIC: '1' };
  return { ...start, env: { ...env, ...clock, ...honest } };
}
