import { existsSync } from 'node:fs';
import { access, constants, statfs } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { env } from 'node:process';
import { cacheDirectory } from '../model/load-prior.ts';

/** Where files are kept beside outputs. */
export interface StorageFacts {
  /** Where quantise and compare-priors work. */
  readonly temporary: StoragePlace;
  /** Where toedit keeps what it can make again. */
  readonly cache: StoragePlace;
  readonly hub: HubFacts;
}

/** A directory, and what can be done with it. */
export interface StoragePlace {
  readonly path: string;
  /** Whether it can be written, or made. */
  readonly isWritable: boolean;
  /** Free space of its file system, for this user; null where the system does not say. */
  readonly freeBytes: number | null;
}

/** The cache of the Hugging Face hub, as its environment variables say; nothing is asked of the network. */
export interface HubFacts extends StoragePlace {
  readonly exists: boolean;
  /** True where HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE forbids to download. */
  readonly isOffline: boolean;
  /** HF_ENDPOINT; null where it is not set. */
  readonly endpoint: string | null;
  /** Whether HF_TOKEN is set, or its file is there; what it holds is not read. */
  readonly hasToken: boolean;
}

/** Returns what there is. */
export async function storageFacts(): Promise<StorageFacts> {
  const home = env['HF_HOME'] ?? join(homedir(), '.cache', 'huggingface');
  const hub = env['HF_HUB_CACHE'] ?? join(home, 'hub');
  return {
    temporary: await placeOf(tmpdir()),
    cache: await placeOf(cacheDirectory()),
    hub: {
      ...(await placeOf(hub)),
      exists: existsSync(hub),
      isOffline: isSet('HF_HUB_OFFLINE') || isSet('TRANSFORMERS_OFFLINE'),
      endpoint: env['HF_ENDPOINT'] ?? null,
      hasToken:
        env['HF_TOKEN'] !== undefined || existsSync(env['HF_TOKEN_PATH'] ?? join(home, 'token')),
    },
  };
}

/** As huggingface_hub reads it. */
function isSet(name: string): boolean {
  return ['1', 'on', 'yes', 'true'].includes((env[name] ?? '').toLowerCase());
}

async function placeOf(path: string): Promise<StoragePlace> {
  let there = path;
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  const isWritable = await access(there, constants.W_OK).then(
    () => true,
    () => false,
  );
  const system = await statfs(there).catch(() => null);
  return { path, isWritable, freeBytes: system === null ? null : system.bavail * system.bsize };
}
