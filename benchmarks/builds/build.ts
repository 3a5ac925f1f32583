import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A checkout whose `dist/` is compiled. */
export interface Build {
  readonly name: 'this' | 'baseline';
  readonly directory: string;
  /** Its commit, shortened; with `+` where files differ from it. */
  readonly commit: string;
}

/**
 * The build that the benchmark belongs to, after the one in `baseline` if that is named.
 *
 * @throws Error where the baseline is not built.
 */
export function buildsBeside(baseline: string | undefined): readonly Build[] {
  const here = buildIn('this', fileURLToPath(new URL('../../../', import.meta.url)));
  return baseline === undefined ? [here] : [buildIn('baseline', resolve(baseline)), here];
}

/** The compiled command of a build. */
export function commandOf({ directory }: Build): string {
  return join(directory, 'dist/src/cli/main.js');
}

function buildIn(name: Build['name'], directory: string): Build {
  const build = { name, directory, commit: commitOf(directory) };
  const command = commandOf(build);
  if (existsSync(command)) return build;
  throw new Error(`${command} is missing; build it there with npm run build`);
}

function commitOf(directory: string): string {
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', directory, ...args], { encoding: 'utf8' }).trim();
  const commit = git('rev-parse', '--short', 'HEAD');
  return git('status', '--porcelain', '--untracked-files=no') === '' ? commit : `${commit}+`;
}
