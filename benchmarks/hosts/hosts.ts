import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Build, commandOf } from '../builds/build.ts';
import { spentVariable } from '../builds/spent.ts';
import type { Command } from './cost-in-group.ts';

/** The Python of the hosts: with Ray and pyarrow. */
export const hostsPython = process.env['TOEDIT_HOSTS_PYTHON'] ?? '/tmp/venv-hosts/bin/python';

/** What edits a directory of JSON Lines, by name. */
export const hostNames = ['toedit edit', 'Python package', 'Ray Data'] as const;

export type Host = (typeof hostNames)[number];

/** Where a host reads and writes. */
export interface Places {
  readonly input: string;
  readonly output: string;
}

/** The build's program with a null scorer, as a file that a host can start. */
export async function writeProgram(build: Build, directory: string): Promise<string> {
  const path = join(directory, 'toedit');
  const probe = new URL('../builds/probe.js', import.meta.url).href;
  const words = [process.execPath, `--import=${probe}`, commandOf(build)].map(
    (word) => `'${word}'`,
  );
  await writeFile(path, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`);
  await chmod(path, 0o755);
  return path;
}

/** The command of a host that edits all files of a directory. */
export function commandOfHost(host: Host, program: string, { input, output }: Places): Command {
  const environment = {
    TOEDIT: program,
    [spentVariable]: '/dev/null',
    PYTHONPATH: fileURLToPath(new URL('../../../python', import.meta.url)),
    RAY_DEDUP_LOGS: '0',
    RAY_USAGE_STATS_ENABLED: '0',
  };
  if (host === 'toedit edit') {
    return {
      program,
      args: ['edit', input, '--output', output, '--seed', '7', '--json'],
      environment,
    };
  }
  const script = host === 'Ray Data' ? 'ray_edit.py' : 'package_edit.py';
  const path = fileURLToPath(
    new URL(`../../../benchmarks/hosts/python/${script}`, import.meta.url),
  );
  return { program: hostsPython, args: [path, input, output], environment };
}
