import { createReadStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { createGunzip, gzipSync } from 'node:zlib';
import { Int32, type RecordBatch, Table, Utf8, vectorFromArray } from 'apache-arrow';
import { writeArrow } from '../../operators/formats/write-arrow.ts';
import { writeParquet } from '../../operators/formats/write-parquet.ts';
import { storedZip } from './stored-zip.ts';

interface Row {
  readonly id: number;
  /** Null in rows that are to be set aside. */
  readonly text: string | null;
}

/**
 * Writes a corpus that a run takes seconds for, and many steps: files of several record batches, as most rows are short or
 * empty; all formats; rows that are set aside; a file that is cut off in its middle.
 */
export async function writeKillCorpus(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const passages = await samplePassages();
  const rows = (count: number, from: number): Row[] =>
    Array.from({ length: count }, (_, i) => rowOf(from + i, passages));
  const to = (name: string): string => join(directory, name);
  await writeParquet(to('groups.parquet'), { rowGroupRows: 700 })(batches(rows(2300, 0)));
  await writeArrow(to('letters.arrow'))(batches(rows(1200, 3000)));
  const withBad = rows(1400, 5000).map((row) => (row.id % 97 === 0 ? { ...row, text: null } : row));
  await writeFile(to('lines.jsonl.gz'), gzipSync(jsonLines(withBad)));
  const members = [
    { name: 'one.jsonl', bytes: jsonLines(rows(600, 7000)) },
    { name: 'sub/two.jsonl', bytes: jsonLines(withBad.slice(0, 100)) },
    { name: 'three.jsonl', bytes: jsonLines(rows(20, 9000)) },
  ];
  await writeFile(to('members.zip'), storedZip(members));
  const whole = gzipSync(jsonLines(rows(900, 10_000)));
  await writeFile(to('cut.jsonl.gz'), whole.subarray(0, 0.7 * whole.length));
}

/** Every 32nd row is a passage of the sample dictionary: the others cost next to nothing. */
function rowOf(id: number, passages: readonly string[]): Row {
  if (id % 32 === 0) return { id, text: passages[(id / 32) % passages.length] ?? '' };
  return { id, text: id % 8 === 0 ? 'so' : '' };
}

const passageWords = 10;

async function samplePassages(): Promise<string[]> {
  const sample = new URL('../../../examples/corpus/devils-dictionary.jsonl.gz', import.meta.url);
  const input = createReadStream(fileURLToPath(sample)).pipe(createGunzip());
  const words: string[] = [];
  for await (const line of createInterface({ input })) {
    if (line !== '') words.push(...(JSON.parse(line) as { text: string }).text.split(/\s+/));
  }
  return Array.from({ length: Math.floor(words.length / passageWords) }, (_, i) =>
    words.slice(i * passageWords, (i + 1) * passageWords).join(' '),
  );
}

function jsonLines(rows: readonly Row[]): Buffer {
  return Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}

function batches(rows: readonly Row[]): AsyncIterable<RecordBatch> {
  const ids = rows.map(({ id }) => id);
  const texts = rows.map(({ text }) => text);
  const columns = {
    id: vectorFromArray(ids, new Int32()),
    text: vectorFromArray(texts, new Utf8()),
  };
  return Readable.from(new Table(columns).batches);
}
