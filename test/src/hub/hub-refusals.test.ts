import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { HubOptions } from '#toedit/src/hub/hub-options';
import { isStored, name, useHubCache } from './hub-cache.ts';
import { serve, someFiles } from './served-model.ts';

const hub = useHubCache();
const token = 'secret-token';

describe('what the hub refuses', () => {
  const refusals: [string, string, HubOptions, [code: string, message: RegExp]][] = [
    ['one that is not there', 'no/such', {}, ['HUB_NOT_FOUND', /no\/such is neither .*HF_TOKEN/u]],
    ['the same, with a token', 'no/such', { token }, ['HUB_NOT_FOUND', /no\/such is neither/u]],
    ['a revision', `${name}@v9`, {}, ['HUB_NOT_FOUND', /@v9: there is no such revision/u]],
    ['a gated one', 'some-org/gated', {}, ['HUB_DENIED', /is gated .*accept its conditions/u]],
    ['a gated one, to others', 'some-org/gated', { token: 'x' }, ['HUB_DENIED', /is gated/u]],
    ['a private one', 'some-org/private', {}, ['HUB_NOT_FOUND', /is neither/u]],
  ];
  test.each(refusals)('%s', async (_, model, options, [code, message]) => {
    serve(hub.server, name, someFiles());
    Object.assign(serve(hub.server, 'some-org/gated', someFiles()), { token, isGated: true });
    Object.assign(serve(hub.server, 'some-org/private', someFiles()), { token });
    const failing = hub.fetchNamed(model, options);
    await expect(failing).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
    await expect(failing).rejects.not.toThrow(token);
    expect(readdirSync(hub.cache)).toEqual([]);
  });

  test('the token opens it, and goes to the hub only', async () => {
    Object.assign(serve(hub.server, name, someFiles()), { token, isGated: true });
    await hub.fetchNamed(name, { token });
    const sent = (at: string): Set<string | undefined> =>
      new Set(
        hub.server.seen
          .filter((seen) => seen.server === at)
          .map(({ authorization }) => authorization),
      );
    expect(sent('hub')).toEqual(new Set([`Bearer ${token}`]));
    expect(sent('cdn')).toEqual(new Set([undefined]));
  });

  test('a wait that is too long is said', async () => {
    serve(hub.server, name, someFiles());
    hub.server.fault = () => ({ status: 429, headers: { 'retry-after': '3600' } });
    await expect(hub.fetchNamed()).rejects.toMatchObject({
      code: 'HUB_UNREACHABLE',
      message: expect.stringContaining('answered 429, and asks to wait 3600 s') as string,
    });
  });

  test('a signal ends it, and what came is kept', async () => {
    serve(hub.server, name, someFiles());
    const controller = new AbortController();
    hub.server.fault = (seen) => (isStored(seen) ? { stallAfter: 1000 } : undefined);
    const onProgress = (): void => {
      if (hub.server.seen.some(isStored)) controller.abort(new Error('enough'));
    };
    await expect(hub.fetchNamed(name, { signal: controller.signal, onProgress })).rejects.toThrow(
      'enough',
    );
    expect(hub.blobs().some((blob) => blob.endsWith('.incomplete'))).toBe(true);
    hub.server.fault = () => undefined;
    await hub.fetchNamed();
    hub.expectNothingPartial();
  });
});
