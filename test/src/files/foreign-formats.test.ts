import { expect, test } from 'vitest';
import { detectFormat } from '#toedit/src/files/detect-format';
import { foreignFormatOf, hasDataExtension } from '#toedit/src/files/foreign-formats';

test.each([
  ['a.jsonl.xz', 'x', /xz is not read: decompress it/],
  ['a', '\xfd7zXZ\0', /xz is not read: decompress it/],
  ['a.jsonl', 'BZh91AY', /bzip2 is not read: decompress it/],
  ['a.csv', 'id,text\n', /CSV is not read: convert it/],
  ['a.tsv', 'id\ttext\n', /TSV is not read: convert it/],
  ['a.TXT', 'Once upon a time', /plain text is not read: make it JSON Lines/],
  ['a.avro', 'Obj\x01', /Avro is not read: convert it/],
  ['a.tar', 'a/b.jsonl\0', /tar archives are not read: extract it/],
  ['a.json', '[{"text": "a"}]', /JSON array is not read: write each object on a line/],
  ['a.bin', '\0\0\0', /Parquet, Arrow IPC .* are read/],
])('%s that holds %j fails with what to do', async (name, head, message) => {
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(head, 'latin1');
  }
  await expect(detectFormat(bytes(), name)).rejects.toMatchObject({
    code: 'FORMAT_UNKNOWN',
    message: expect.stringMatching(message) as string,
  });
});

test.each(['a.parquet', 'a.jsonl', 'a.jsonl.gz', 'a.zst', 'a.gz', 'a.zip', 'a.csv.parquet'])(
  '%s is named as data',
  (name) => {
    expect([hasDataExtension(name), foreignFormatOf(name)]).toEqual([true, undefined]);
  },
);

test.each(['a.csv.gz', 'a.txt.zst', 'a.tar.gz', 'a.warc.gz', 'a.md', 'a'])('%s is not', (name) => {
  expect(hasDataExtension(name)).toBe(false);
});
