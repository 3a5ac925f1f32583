import { Field, Int32, List, RecordBatchStreamWriter, Schema, Utf8 } from 'apache-arrow';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arrowSchemaIn } from '#toedit/src/parquet/footer/arrow-schema';

/** A stream of no record batch: its first message is the schema. */
async function messageOf(schema: Schema): Promise<Buffer> {
  const writer = new RecordBatchStreamWriter();
  writer.reset(undefined, schema);
  writer.finish();
  return Buffer.from(await writer.toUint8Array());
}

const metadata = new Map([['key', 'value']]);
const schema = new Schema(
  [
    new Field('text', new Utf8(), true, metadata),
    new Field('numbers', new List(new Field('item', new Int32(), false, metadata)), true),
  ],
  metadata,
);

test('a schema is read; with bytes changed it is another one or none, and soon', async () => {
  const message = await messageOf(schema);
  expect(String(arrowSchemaIn(message.toString('base64')))).toBe(String(schema));
  const change = fc.tuple(fc.nat(message.length - 1), fc.integer({ min: 1, max: 255 }));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const damaged = Buffer.from(message);
      for (const [at, by] of changes) damaged[at] = (damaged[at] ?? 0) ^ by;
      const found = arrowSchemaIn(damaged.toString('base64'));
      expect(found === undefined || found instanceof Schema).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test('what is too short for a message is none', () => {
  expect(arrowSchemaIn('')).toBeUndefined();
  expect(arrowSchemaIn('AAAA')).toBeUndefined();
});
