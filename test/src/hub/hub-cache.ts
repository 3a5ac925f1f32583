import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { fetchModel, type HubModel } from '#toedit/src/hub/fetch-model';
import { parseHubName } from '#toedit/src/hub/hub-name';
import type { HubOptions } from '#toedit/src/hub/hub-options';
import { chooseModelFile, type ModelFileRequest } from '#toedit/src/model/find-model-file';
import { gitSha1, type HubServer, type Seen, sha256, startHubServer } from './hub-server.ts';

/** The model that tests ask for. */
export const name = 'some-org/tiny-model';
const folder = 'models--some-org--tiny-model';

/** A hub and an empty cache, anew for each test. */
export interface HubCache {
  server: HubServer;
  cache: string;
  fetchNamed(model?: string, options?: HubOptions, request?: ModelFileRequest): Promise<HubModel>;
  /** The paths of files that were asked for. */
  downloads(): string[];
  blobs(): string[];
  /** Everything in the cache that has a final name is what its name says. */
  expectNothingPartial(): void;
}

/** Makes them before each test of a file, and removes them after it. */
export function useHubCache(): HubCache {
  const hub: HubCache = {
    server: undefined as unknown as HubServer,
    cache: '',
    fetchNamed: async (model = name, options = {}, request = {}) => {
      const wanted = parseHubName(model);
      if (wanted === undefined) throw new Error(`${model} is no name`);
      const choose = (paths: readonly string[]): string => chooseModelFile(model, paths, request);
      const own = { cacheDirectory: hub.cache, endpoint: hub.server.endpoint, tokenFile: null };
      return await fetchModel(wanted, choose, { ...own, retryMs: 1, ...options });
    },
    downloads: () =>
      hub.server.seen.filter(({ path }) => path.includes('/resolve/')).map(({ path }) => path),
    blobs: () => readdirSync(join(hub.cache, folder, 'blobs')).sort(),
    expectNothingPartial: () => {
      const directory = join(hub.cache, folder, 'blobs');
      for (const blob of existsSync(directory) ? readdirSync(directory) : []) {
        if (blob.endsWith('.incomplete')) continue;
        const content = readFileSync(join(directory, blob));
        expect(blob).toBe(blob.length === 64 ? sha256(content) : gitSha1(content));
      }
    },
  };
  beforeEach(async () => {
    hub.server = await startHubServer();
    hub.cache = mkdtempSync(join(tmpdir(), 'toedit-hub-'));
  });
  afterEach(async () => {
    await hub.server[Symbol.asyncDispose]();
    rmSync(hub.cache, { recursive: true });
  });
  return hub;
}

/** True of a request for a file in large-file storage. */
export const isStored = ({ server }: Seen): boolean => server === 'cdn';
