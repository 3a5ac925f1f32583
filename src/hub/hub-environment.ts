import { homedir } from 'node:os';
import { join } from 'node:path';
import type { HubOptions } from './hub-options.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What Hugging Face's environment variables ask for, as its Python library reads them: `HF_HOME`, `HF_HUB_CACHE`, `HF_ENDPOINT`,
 * `HF_TOKEN`, `HF_TOKEN_PATH`, `HF_HUB_OFFLINE`, `HF_HUB_DISABLE_IMPLICIT_TOKEN`, `HF_HUB_DISABLE_SYMLINKS`, `XDG_CACHE_HOME`, and
 * their older names.
 *
 * @param environment - such as `process.env`.
 */
export function hubOptionsOf(
  environment: Readonly<Record<string, string | undefined>>,
): HubOptions {
  const valueOf = (...names: readonly string[]): string | undefined =>
    names.map((name) => environment[name]?.trim()).find(isGiven);
  const pathOf = (...names: readonly string[]): string | undefined => {
    const path = valueOf(...names);
    return path === undefined ? undefined : expand(path, environment);
  };
  const caches = pathOf('XDG_CACHE_HOME') ?? join(homeOf(environment), '.cache');
  const home = pathOf('HF_HOME') ?? join(caches, 'huggingface');
  const usesToken = !isTrue(environment['HF_HUB_DISABLE_IMPLICIT_TOKEN']);
  const endpoint = valueOf('HF_ENDPOINT');
  const token = usesToken ? valueOf('HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN') : undefined;
  return {
    cacheDirectory: pathOf('HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE') ?? join(home, 'hub'),
    ...(endpoint !== undefined && { endpoint }),
    ...(token !== undefined && { token }),
    tokenFile: usesToken ? (pathOf('HF_TOKEN_PATH') ?? join(home, 'token')) : null,
    offline: isTrue(valueOf('HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE')),
    copies: isTrue(environment['HF_HUB_DISABLE_SYMLINKS']),
  };
}

function isGiven(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

function isTrue(value: string | undefined): boolean {
  return ['1', 'ON', 'YES', 'TRUE'].includes(value?.trim().toUpperCase() ?? '');
}

function homeOf(environment: Environment): string {
  return environment['HOME'] ?? homedir();
}

/** As Python's `expandvars(expanduser())`: a variable that is not set stays as it is written. */
function expand(path: string, environment: Environment): string {
  const atHome = path.replace(/^~(?=[/\\]|$)/u, () => homeOf(environment));
  return atHome.replace(
    /\$(?:\{(\w+)\}|(\w+))/gu,
    (whole, braced?: string, bare?: string) => environment[braced ?? bare ?? ''] ?? whole,
  );
}
