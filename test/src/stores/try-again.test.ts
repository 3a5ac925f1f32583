import { expect, test } from 'vitest';
import { ToeditError } from '#toedit/src/errors';
import { PassingFailure } from '#toedit/src/stores/store-errors';
import { tryAgain } from '#toedit/src/stores/with-retries';

const unreachable = ({ message }: PassingFailure) => new ToeditError('STORE_UNREACHABLE', message);

test('the wait that a server asks for counts before our own', async () => {
  let asked = 0;
  // Our own wait would outlast the test.
  const tried = tryAgain({ retryMs: 200_000, signal: undefined, unreachable }, () => {
    asked += 1;
    return asked < 3
      ? Promise.reject(new PassingFailure('busy', { waitMs: 1 }))
      : Promise.resolve(7);
  });
  expect(await tried).toBe(7);
});

test('a wait of over five minutes is not waited for', async () => {
  const busy = new PassingFailure('busy', { waitMs: 300_001 });
  const tried = tryAgain({ retryMs: 1, signal: undefined, unreachable }, () =>
    Promise.reject(busy),
  );
  await expect(tried).rejects.toMatchObject({ code: 'STORE_UNREACHABLE', message: 'busy' });
});
