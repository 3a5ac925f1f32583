import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chunkJoiner } from '#toedit/src/files/write-bytes';

test('gives the chunks of each call, one after the other', () => {
  const calls = fc.array(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 }));
  fc.assert(
    fc.property(calls, (all) => {
      const join = chunkJoiner();
      for (const chunks of all) expect([...join(chunks)]).toEqual([...Buffer.concat(chunks)]);
    }),
  );
});
