import { execFileSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { createInterface } from 'node:readline';
import type { Build } from './build.ts';
import { type EditPlace, editWith } from './edit-with.ts';

/** What an edit wrote below its output directory, as the kernel saw it. */
export interface Writes {
  readonly textBytes: number;
  /** Written to the run's journals. */
  readonly journalBytes: number;
  /** Written to outputs, before and after they have their names. */
  readonly outputBytes: number;
  /** Written to all else that a run keeps. */
  readonly stateBytes: number;
  /** Calls of fsync and fdatasync. */
  readonly syncs: number;
}

const writing = ['write', 'pwrite64', 'writev', 'pwritev', 'pwritev2'];
const syncing = ['fsync', 'fdatasync'];
const call = /^(\w+)\(\d+<([^>]*)>.* = (\d+)$/;

/** Whether the system calls of a process can be counted here. */
export function canTrace(): boolean {
  try {
    execFileSync('strace', ['-qq', '-e', 'trace=none', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Runs an edit under strace and adds up what it wrote. Only the calls counted are stopped at, yet its times are not to be used. */
export async function traceWrites(build: Build, place: EditPlace): Promise<Writes> {
  const traces = `${place.output}.traces`;
  await rm(traces, { recursive: true, force: true });
  await mkdir(traces);
  const filter = ['--seccomp-bpf', '-e', `trace=${[...writing, ...syncing].join()}`];
  const under = ['strace', '-ff', '-qq', '-y', '-s', '0', ...filter, '-o', join(traces, 'thread')];
  const { summary } = await editWith(build, place, { under });
  const writes = { journalBytes: 0, outputBytes: 0, stateBytes: 0, syncs: 0 };
  for (const thread of await readdir(traces)) {
    for await (const line of createInterface(createReadStream(join(traces, thread)))) {
      const [, name = '', path = '', result = ''] = call.exec(line) ?? [];
      if (!path.startsWith(place.output)) continue;
      if (syncing.includes(name)) writes.syncs++;
      else writes[kindOf(path)] += Number(result);
    }
  }
  await rm(traces, { recursive: true });
  return { ...writes, textBytes: summary.textBytes };
}

function kindOf(path: string): 'journalBytes' | 'outputBytes' | 'stateBytes' {
  const folders = path.split(sep);
  if (folders.includes('journals')) return 'journalBytes';
  return folders.includes('.toedit') && !folders.includes('parts') ? 'stateBytes' : 'outputBytes';
}
