import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Field, Utf8 } from 'apache-arrow';
import { writeArrow } from '#toedit/operators/formats/write-arrow';
import { writeParquet } from '#toedit/operators/formats/write-parquet';
import { recordBatchOf } from '../record-batch-of.ts';
import { zipArchive } from '../src/zip/zip-archive.ts';

/** Nine small files of unlike sizes and kinds; one has two record batches, one is an archive of two members. */
export async function makeShardCorpus(directory: string): Promise<void> {
  for (const [name, rows] of [
    ['a.jsonl', 3],
    ['b.jsonl', 40],
    ['c.jsonl', 1],
    ['d.jsonl', 600],
    ['e.jsonl', 12],
  ] as const) {
    writeFileSync(join(directory, name), jsonLines(rows));
  }
  writeFileSync(join(directory, 'empty.jsonl'), '\n');
  const members = [
    { name: 'one.jsonl', bytes: jsonLines(5) },
    { name: 'two.jsonl', bytes: jsonLines(30) },
  ];
  writeFileSync(join(directory, 'f.zip'), zipArchive(members));
  await writeParquet(join(directory, 'g.parquet'), { rowGroupRows: 16 })(batches(50));
  await writeArrow(join(directory, 'h.arrow'))(batches(9));
}

function jsonLines(rows: number): Buffer {
  return Buffer.from(
    texts(rows)
      .map((text) => `${JSON.stringify({ text })}\n`)
      .join(''),
  );
}

async function* batches(rows: number) {
  yield await Promise.resolve(
    recordBatchOf([{ field: new Field('text', new Utf8(), true), values: texts(rows) }]),
  );
}

/** Counting, which the smallest model can guess. */
function texts(rows: number): string[] {
  return Array.from(
    { length: rows },
    (_, row) => `${String(row)}: the old man and the old man and the old man and the old`,
  );
}
