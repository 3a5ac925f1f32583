import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../sandbox.ts';

/** A Python with pyarrow, pytest and the hosts: what the package in `python/` is tested with. */
const python = process.env['TOEDIT_HOSTS_PYTHON'] ?? '/tmp/venv-hosts/bin/python';

/** Whether it has all of these modules; says so where not. */
export function hasModules(modules: readonly string[]): boolean {
  const find = `import importlib.util as u, sys; sys.exit(any(u.find_spec(m) is None for m in sys.argv[1:]))`;
  const has = existsSync(python) && spawnSync(python, ['-c', find, ...modules]).status === 0;
  if (!has) console.warn(`skipped: a test needs ${modules.join(', ')} in ${python}`);
  return has;
}

/** Whether Spark finds a Java; says so where not. */
export function hasJava(): boolean {
  const has = spawnSync('java', ['-version']).status === 0;
  if (!has) console.warn('skipped: Spark needs Java');
  return has;
}

/** Runs Python with the package and the program of this repository; rejects with what it printed. */
export async function runPython(
  args: readonly string[],
  { cwd = root, path = '' }: { readonly cwd?: string; readonly path?: string } = {},
): Promise<void> {
  const env = {
    ...process.env,
    PATH: `${path}:${process.env['PATH'] ?? ''}`,
    PYTHONPATH: join(root, 'python'),
    PYTHONDONTWRITEBYTECODE: '1',
    PYSPARK_PYTHON: python,
    TOEDIT: join(root, 'dist/src/cli/main.js'),
  };
  // What hangs ends before its test does, or it would outlive that.
  const options = {
    cwd,
    env,
    maxBuffer: 2 ** 26,
    timeout: 280_000,
    killSignal: 'SIGKILL',
  } as const;
  await promisify(execFile)(python, args, options).catch((error: unknown) => {
    const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
    throw new Error(`${stdout}\n${stderr}`);
  });
}
