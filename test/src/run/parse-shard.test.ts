import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseShard } from '#toedit/src/run/shards/shard';

test('reads what is written', () => {
  const shard = fc
    .integer({ min: 1, max: 1_000_000 })
    .chain((count) => fc.record({ index: fc.nat(count - 1), count: fc.constant(count) }));
  fc.assert(
    fc.property(shard, ({ index, count }) => {
      expect(parseShard(`${index}/${count}`)).toEqual({ index, count });
    }),
  );
});

test.each([
  ['4/4', 'there is no shard 4/4: i goes from 0 to 3, as there are 4 shards'],
  ['1/1', 'there is no shard 1/1: i goes from 0 to 0, as there are 1 shards'],
  ['0/0', 'there is no shard 0/0: n goes from 1 to 1000000'],
  ['0/1000001', 'there is no shard 0/1000001: n goes from 1 to 1000000'],
  ...['', '1', '1/', '/4', '-1/4', '1/4/5', '1 / 4', '0.5/4', '0x1/4', '1e0/4', '¹/4'].map(
    (text) => [
      text,
      `there is no shard ${text}: write it as i/n, such as 0/4 for the first of four`,
    ],
  ),
])('%j is refused', (text, message) => {
  expect(() => parseShard(text)).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION', message }) as Error,
  );
});
