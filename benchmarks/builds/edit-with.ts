import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { RunSummary } from '../../src/metrics/summary.ts';
import { type Build, commandOf } from './build.ts';
import { type Spent, spentVariable } from './spent.ts';

/** Where an edit reads and writes. */
export interface EditPlace {
  readonly input: string;
  /** Removed before the edit, which would go on with it. */
  readonly output: string;
}

/** What goes before the command, and around it. */
export interface EditManner {
  /** A program and its arguments that start the command. @defaultValue none */
  readonly under?: readonly string[] | undefined;
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

/** An edit, and what its process spent. */
export interface Edited extends Spent {
  readonly summary: RunSummary;
}

const probe = new URL('./probe.js', import.meta.url).href;

/**
 * Runs `toedit edit` of a build in a process of its own, with the embedded prior's tokenizer and a null scorer.
 *
 * @throws Error where the command does not end with 0.
 */
export async function editWith(
  build: Build,
  { input, output }: EditPlace,
  { under = [], environment = {} }: EditManner = {},
): Promise<Edited> {
  await rm(output, { recursive: true, force: true });
  const spentFile = `${output}.spent`;
  const toedit = [commandOf(build), 'edit', input, '--output', output, '--seed', '7', '--json'];
  const [program = '', ...args] = [...under, process.execPath, `--import=${probe}`, ...toedit];
  const child = spawn(program, args, {
    env: { ...process.env, ...environment, [spentVariable]: spentFile },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const outputs = [text(child.stdout), text(child.stderr), once(child, 'close')] as const;
  const [stdout, stderr] = await Promise.all(outputs);
  if (child.exitCode !== 0) {
    throw new Error(`${build.name} ended with ${String(child.exitCode)}: ${stderr}${stdout}`);
  }
  const spent = JSON.parse(await readFile(spentFile, 'utf8')) as Spent;
  return { ...spent, summary: JSON.parse(stdout) as RunSummary };
}
