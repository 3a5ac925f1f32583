import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import {
  DenseUnion,
  Field,
  Int32,
  makeData,
  Table,
  tableToIPC,
  Utf8View,
  Vector,
  vectorFromArray,
} from 'apache-arrow';
import { readJsonl } from '../../operators/formats/read-jsonl.ts';
import { writeArrow } from '../../operators/formats/write-arrow.ts';
import { compressZstd, zstdReady } from '../../src/compression/zstd.ts';
import { zstdChecksum, zstdChecksumReady } from '../../src/compression/zstd-frame.ts';
import { storedZip } from '../kills/stored-zip.ts';
import { asZip64 } from './zip64.ts';

/** What other programs wrote, of the fixtures: codecs, encodings, page versions, types, checksums, page indexes; models. */
const fixtures = [
  ...[
    'duckdb-codec-brotli',
    'duckdb-codec-lz4-raw',
    'duckdb-types-v2',
    'fastparquet-snappy',
    'polars-lz4',
    'polars-types',
    'pyarrow-byte-stream-split',
    'pyarrow-checksums-page-v1',
    'pyarrow-checksums-page-v2',
    'pyarrow-delta-byte-array',
    'pyarrow-delta-length-byte-array',
    'pyarrow-dictionary-falls-back',
    'pyarrow-gzip-page-v1',
    'pyarrow-nested',
    'pyarrow-page-index',
    'pyarrow-snappy-page-v2',
    'pyarrow-text-dictionary',
    'pyarrow-zstd-page-v1',
    'spark-lz4-hadoop',
    'spark-types',
  ].map((name) => `parquet/${name}.parquet`),
  'types/arrow-types.arrow',
  'onnx/plain.onnx',
  'onnx/tied.onnx',
  '../../models/tiny/config.json',
  '../../models/tiny/tokenizer.json',
];

const fixtureFolder = fileURLToPath(new URL('../../../test/fixtures/', import.meta.url));

/**
 * Writes the sound files that mutants are made of into a directory.
 *
 * @returns their names, whose endings say what they are.
 */
export async function writeBaseFiles(directory: string): Promise<readonly string[]> {
  await mkdir(directory, { recursive: true });
  const copies = fixtures.map(async (fixture) => {
    const name = fixture.slice(fixture.lastIndexOf('/') + 1);
    await copyFile(join(fixtureFolder, fixture), join(directory, name));
    return name;
  });
  const made = Object.entries(await jsonLines()).map(async ([name, bytes]) => {
    await writeFile(join(directory, name), bytes);
    return name;
  });
  const names = [...(await Promise.all(copies)), ...(await Promise.all(made))];
  names.push(...(await writeArrowFiles(directory)));
  return [...names, ...(await writeArchives(directory))];
}

async function jsonLines(): Promise<Readonly<Record<string, Uint8Array>>> {
  await zstdReady();
  await zstdChecksumReady();
  const lines = Array.from({ length: 60 }, (_, id) => {
    const text = `Line ${id}: \u{1f600} caf\u00e9 \n\t"quoted" ${'and so on '.repeat(id % 7)}`;
    return `${JSON.stringify({ id, text: id % 11 === 0 ? null : text, more: [id, { id }] })}\n`;
  });
  const plain = Buffer.from(lines.join(''));
  const zstd = Buffer.from(compressZstd(plain));
  return {
    'plain.jsonl': plain,
    'lines.jsonl.gz': gzipSync(plain),
    'lines.jsonl.zst': zstd,
    'lines.checksum.jsonl.zst': withChecksum(zstd, plain),
  };
}

/** A frame whose header says that a checksum follows, and the checksum (RFC 8878 §3.1.1). */
function withChecksum(frame: Buffer, content: Uint8Array): Uint8Array {
  const checksum = zstdChecksum();
  checksum.update(content);
  const digest = Buffer.alloc(4);
  digest.writeUInt32LE(checksum.digest());
  const all = Buffer.concat([frame, digest]);
  all[4] = (all[4] ?? 0) | 4;
  return all;
}

async function writeArrowFiles(directory: string): Promise<readonly string[]> {
  const source = () => readJsonl(join(directory, 'plain.jsonl'), { batchRows: 25 });
  const names = [await writeViews(directory)];
  for (const compression of ['none', 'lz4', 'zstd'] as const) {
    for (const format of ['file', 'stream'] as const) {
      const name = `${compression}.${format === 'file' ? 'arrow' : 'arrows'}`;
      await writeArrow(join(directory, name), { compression, format })(source());
      names.push(name);
    }
  }
  return names;
}

/** Texts as Polars has them, in views, and a union. */
async function writeViews(directory: string): Promise<string> {
  const rows = 50;
  const texts = Array.from({ length: rows }, (_, row) => (row % 9 ? 'view '.repeat(row) : null));
  const type = new DenseUnion([0, 1], [new Field('i', new Int32()), new Field('t', new Int32())]);
  const numbers = makeData({ type: new Int32(), data: Int32Array.from(texts.keys()) });
  const either = makeData({
    type,
    length: rows,
    typeIds: Int8Array.from(texts, (_, row) => row % 2),
    valueOffsets: Int32Array.from(texts.keys()),
    children: [numbers, numbers],
  });
  const text = vectorFromArray(texts, new Utf8View());
  const table = new Table({ text, either: new Vector([either]) });
  await writeFile(join(directory, 'views.arrow'), tableToIPC(table, 'file'));
  return 'views.arrow';
}

async function writeArchives(directory: string): Promise<readonly string[]> {
  const names = ['plain.jsonl', 'lines.jsonl.gz', 'zstd.arrows', 'lz4.arrow', 'polars-lz4.parquet'];
  const members = await Promise.all(
    names.map(async (name) => ({ name, bytes: await readFile(join(directory, name)) })),
  );
  const archives = {
    'stored.zip': storedZip(members),
    'deflated.zip': storedZip(members.map((member) => ({ ...member, isDeflated: true }))),
    'large.zip': asZip64(storedZip(members)),
  };
  for (const [name, bytes] of Object.entries(archives)) {
    await writeFile(join(directory, name), bytes);
  }
  return Object.keys(archives);
}
