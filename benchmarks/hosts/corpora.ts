import { copyFile, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { readParquet } from '../../operators/formats/read-parquet.ts';
import { writeJsonl } from '../../operators/formats/write-jsonl.ts';
import type { Source } from '../../src/operator.ts';
import { makeCorpus } from '../files/corpora.ts';
import { sharedFile } from '../smollm2-directory.ts';
import { type Host, hostNames } from './hosts.ts';

/** The paragraphs are so many times in a file of the large corpus: about 50 MB. */
const timesPerFile = 18;

/** A directory of JSON Lines. */
export interface Corpus {
  readonly name: string;
  /** Those that are measured. */
  readonly hosts: readonly Host[];
  readonly input: string;
}

/** One file of a paragraph, many of these, and large files that have `megabytes` in all. */
export async function makeCorpora(
  directory: string,
  { files, megabytes }: { readonly files: number; readonly megabytes: number },
): Promise<readonly Corpus[]> {
  const input = (name: string): string => join(directory, name);
  await makeCorpus(input('one'), 'jsonl', 1);
  await makeCorpus(input('small'), 'jsonl', files);
  const bytes = await makeLargeFiles(input('large'), megabytes * 1e6);
  return [
    { name: 'one paragraph', hosts: hostNames, input: input('one') },
    {
      name: `${files.toLocaleString('en')} files of a paragraph`,
      hosts: hostNames,
      input: input('small'),
    },
    {
      name: `${Math.round(bytes / 1e6).toLocaleString('en')} MB of JSON Lines`,
      // The package works within Ray, too, and each takes a quarter of an hour.
      hosts: ['toedit edit', 'Ray Data'],
      input: input('large'),
    },
  ];
}

async function makeLargeFiles(directory: string, wanted: number): Promise<number> {
  await mkdir(directory);
  const first = join(directory, '0.jsonl');
  await pipeline(repeated(), writeJsonl(first));
  const { size } = await stat(first);
  const files = Math.max(1, Math.round(wanted / size));
  for (let file = 1; file < files; file++) {
    await copyFile(first, join(directory, `${String(file)}.jsonl`));
  }
  return files * size;
}

async function* repeated(): Source {
  for (let i = 0; i < timesPerFile; i++) {
    yield* readParquet(sharedFile('data/paragraphs.parquet'));
  }
}
