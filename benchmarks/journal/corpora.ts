import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { readParquet } from '../../operators/formats/read-parquet.ts';
import { writeArrow } from '../../operators/formats/write-arrow.ts';
import { writeJsonl } from '../../operators/formats/write-jsonl.ts';
import { repeatFile } from '../repeat-file.ts';
import { sharedFile } from '../smollm2-directory.ts';

/** The formats of the input, by the extension of its file. */
export const formats = { jsonl: 'JSON Lines', arrow: 'Arrow', parquet: 'Parquet' } as const;

/** A format, by its extension. */
export type Format = keyof typeof formats;

/** Bytes of UTF-8 in the texts of `paragraphs.parquet`. */
const paragraphsBytes = 1_707_651;

/** Writes the paragraphs as often as comes nearest to so many megabytes of text, in each format: `NAME.jsonl` and so on. */
export async function makeCorpora(
  directory: string,
  name: string,
  megabytes: number,
): Promise<void> {
  const path = (format: Format): string => join(directory, `${name}.${format}`);
  const times = Math.max(1, Math.round((megabytes * 1e6) / paragraphsBytes));
  await repeatFile(sharedFile('data/paragraphs.parquet'), path('parquet'), times);
  await pipeline(readParquet(path('parquet')), writeArrow(path('arrow')));
  await pipeline(readParquet(path('parquet')), writeJsonl(path('jsonl')));
}
