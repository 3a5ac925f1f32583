import { readArrow } from '../operators/formats/read-arrow.ts';
import { readParquet } from '../operators/formats/read-parquet.ts';
import { writeArrow } from '../operators/formats/write-arrow.ts';
import { writeParquet } from '../operators/formats/write-parquet.ts';
import type { Source } from '../src/operator.ts';

/** Writes the rows of a Parquet or Arrow file several times over into one file of its format. */
export async function repeatFile(input: string, output: string, times: number): Promise<void> {
  const isParquet = input.endsWith('.parquet');
  const read = (): Source => (isParquet ? readParquet(input) : readArrow(input));
  async function* repeated(): Source {
    for (let i = 0; i < times; i++) yield* read();
  }
  await (isParquet ? writeParquet(output, { rowGroupRows: 5000 }) : writeArrow(output))(repeated());
}
