import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rmdir } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Cost } from '../cost-of.ts';

const accounts = '/sys/fs/cgroup/cpuacct';

/** What is run, with standard input from a file and output to one where they are named. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** A command's cost, and what it printed. */
export interface Run extends Cost {
  readonly stdout: string;
}

/**
 * Runs a command in a control group of its own and says what all its processes took, daemons that are not its children too.
 *
 * `cpuSeconds` is NaN where control groups (version 1 or 2) cannot be made, which takes root.
 *
 * @throws Error where it does not end with 0.
 */
export async function costInGroup({ program, args, environment = {} }: Command): Promise<Run> {
  const group = await openGroup();
  // The shell joins the group, and then becomes the command.
  const join = group === null ? '' : `echo $$ > ${group.directory}/cgroup.procs; `;
  const started = performance.now();
  const child = spawn('/bin/sh', ['-c', `${join}exec "$0" "$@"`, program, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  const seconds = (performance.now() - started) / 1000;
  const cpuSeconds = (await group?.end()) ?? Number.NaN;
  if (child.exitCode !== 0) {
    throw new Error(
      `${program} ${args.join(' ')} ended with ${String(child.exitCode)}: ${stderr}${stdout}`,
    );
  }
  return { seconds, cpuSeconds, stdout };
}

interface Group {
  readonly directory: string;
  /** Seconds that its processes have taken; it is removed. */
  readonly end: () => Promise<number>;
}

async function openGroup(): Promise<Group | null> {
  const isFirstVersion = existsSync(accounts);
  const directory = `${isFirstVersion ? accounts : '/sys/fs/cgroup'}/toedit-${String(process.pid)}`;
  try {
    await mkdir(directory);
  } catch {
    return null;
  }
  const end = async (): Promise<number> => {
    const used = isFirstVersion
      ? Number(await readFile(`${directory}/cpuacct.usage`, 'utf8')) / 1e9
      : Number(/usage_usec (\d+)/.exec(await readFile(`${directory}/cpu.stat`, 'utf8'))?.[1]) / 1e6;
    await endProcesses(directory);
    return used;
  };
  return { directory, end };
}

/** A group of living processes cannot be removed: those that are left end soon, or are ended. */
async function endProcesses(directory: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const left = (await readFile(`${directory}/cgroup.procs`, 'utf8')).split('\n').filter(Boolean);
    if (left.length === 0) break;
    if (attempt > 50) for (const pid of left) process.kill(Number(pid), 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await rmdir(directory);
}
