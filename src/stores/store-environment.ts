import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';

/** Environment variables by their names. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The variables of this process: the credentials of stores are nowhere else, as their own programs look for them there. */
export const ownEnvironment: Environment = env;

/** The first of these variables that is set to anything. */
export function valueOf(environment: Environment, ...names: readonly string[]): string | undefined {
  return names
    .map((name) => environment[name]?.trim())
    .find((value) => value !== undefined && value !== '');
}

/** The access token of Hugging Face's hub: `HF_TOKEN`, or what `hf auth login` has left; undefined where there is none. */
export async function hubToken(environment: Environment): Promise<string | undefined> {
  if (/^(?:1|on|yes|true)$/iu.test(environment['HF_HUB_DISABLE_IMPLICIT_TOKEN']?.trim() ?? '')) {
    return undefined;
  }
  const given = valueOf(environment, 'HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN');
  if (given !== undefined) return given;
  const caches = valueOf(environment, 'XDG_CACHE_HOME') ?? join(homedir(), '.cache');
  const home = valueOf(environment, 'HF_HOME') ?? join(caches, 'huggingface');
  const file = valueOf(environment, 'HF_TOKEN_PATH') ?? join(home, 'token');
  const token = (await readFile(file, 'utf8').catch(() => '')).trim();
  // What is no token must not become a header.
  return /^[\x21-\x7e]+$/u.test(token) ? token : undefined;
}

/** The hub, or a mirror of it: `HF_ENDPOINT`, without a slash at its end. */
export function hubEndpoint(environment: Environment): string {
  return (valueOf(environment, 'HF_ENDPOINT') ?? 'https://huggingface.co').replace(/\/+$/u, '');
}
