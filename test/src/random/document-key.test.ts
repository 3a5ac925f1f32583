import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { documentKey } from '#toedit/src/random/uniform-draw';

test('is the first 8 bytes of SHA-256 as a little-endian number', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const digest = createHash('sha256').update(bytes).digest();
      const { low, high } = documentKey(bytes);
      expect(BigInt(high) * 2n ** 32n + BigInt(low)).toBe(digest.readBigUInt64LE(0));
    }),
  );
});

test('of "abc" follows the example of FIPS 180: ba7816bf 8f01cfea ...', () => {
  const key = documentKey(new TextEncoder().encode('abc'));
  expect(key).toEqual({ low: 0xbf1678ba, high: 0xeacf018f });
});
