import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { readParquet } from '../../operators/formats/read-parquet.ts';
import { writeJsonl } from '../../operators/formats/write-jsonl.ts';
import { writeParquet } from '../../operators/formats/write-parquet.ts';
import { skipRows, takeRows } from '../../operators/take-rows.ts';
import { sharedFile } from '../smollm2-directory.ts';

/** The formats of the small files. */
export const formats = { jsonl: 'JSON Lines', parquet: 'Parquet' } as const;

/** A format of small files, by its extension. */
export type Format = keyof typeof formats;

/** So many files are written; the others are copies of them. */
const distinct = 20;
const filesPerFolder = 100;

/** Writes a directory of files of one paragraph each. */
export async function makeCorpus(path: string, format: Format, files: number): Promise<void> {
  for (let index = 0; index < files; index++) {
    const folder = join(path, String(Math.floor(index / filesPerFolder)));
    if (index % filesPerFolder === 0) await mkdir(folder, { recursive: true });
    const file = join(folder, `${String(index % filesPerFolder)}.${format}`);
    if (index < distinct) await writeParagraph(file, format, index);
    else await copyFile(join(path, '0', `${String(index % distinct)}.${format}`), file);
  }
}

async function writeParagraph(file: string, format: Format, row: number): Promise<void> {
  const paragraphs = readParquet(sharedFile('data/paragraphs.parquet'));
  const sink = format === 'parquet' ? writeParquet(file) : writeJsonl(file);
  await pipeline(paragraphs, skipRows(row), takeRows(1), sink);
}
