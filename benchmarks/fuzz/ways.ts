import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { readArrow } from '../../operators/formats/read-arrow.ts';
import { readJsonl } from '../../operators/formats/read-jsonl.ts';
import { readParquet } from '../../operators/formats/read-parquet.ts';
import { readZip } from '../../operators/formats/read-zip.ts';
import { checkOutput } from '../../pipelines/executor/check-output.ts';
import { ipcStream } from '../../src/arrow/ipc/ipc-writer.ts';
import { sha256OfFile } from '../../src/files/read-bytes.ts';
import type { Source } from '../../src/operator.ts';
import { leavesOf, readFileMetadata } from '../../src/parquet/footer/file-metadata.ts';
import { readParquetTexts } from '../../src/parquet/read-parquet-texts.ts';
import { spliceParquet } from '../../src/parquet/splice/splice-parquet.ts';
import { modelWays } from './model-ways.ts';

/** What was read: of an archive, a digest a member that was read to its end, and an error a member that was not. */
export interface ReadResult {
  readonly digests: readonly string[];
  readonly errors: readonly unknown[];
}

/**
 * Reads a file to its end; rejects where it is refused as a whole.
 *
 * @param scratchPath - where a file may be written meanwhile.
 */
export type Way = (path: string, scratchPath: string) => Promise<ReadResult>;

const one = (digest: string): ReadResult => ({ digests: [digest], errors: [] });

/** A digest of every byte of every record batch: a reader's batches are read as a sink reads them. */
async function digestOf(source: Source): Promise<string> {
  const hash = createHash('sha256');
  for await (const batch of source) hash.update(ipcStream(batch));
  return hash.digest('hex');
}

async function readArchive(path: string): Promise<ReadResult> {
  const digests: string[] = [];
  const errors: unknown[] = [];
  for await (const member of readZip(path)) {
    if (member.status === 'failed') errors.push(member.error);
    if (member.status !== 'data') continue;
    await digestOf(member.source).then(
      (digest) => digests.push(digest),
      (error: unknown) => errors.push(error),
    );
  }
  return { digests, errors };
}

/** As `edit` does it: the texts are read, then spliced, and the output is read again. */
function splice(column: string, dropsRows: boolean): Way {
  return async (path, temporaryPath) => {
    const footer = await readFileMetadata(path);
    await digestOf(readParquetTexts(path, { column, footer }));
    try {
      const { rows } = await spliceParquet({
        ...{ path, footer, temporaryPath, column },
        plan: (_, count) => ({
          ...(dropsRows && { keep: new Uint8Array(count).fill(1, 1) }),
          edit: (_row, text) => Buffer.concat([text, Buffer.from('!')]),
        }),
      });
      await checkOutput(temporaryPath, { rows, textColumn: column });
      return one(await sha256OfFile(temporaryPath));
    } finally {
      await rm(temporaryPath, { force: true });
    }
  };
}

/** Ways to read a Parquet file whose text is in that column. */
function parquetWays(column: string): Readonly<Record<string, Way>> {
  return {
    readParquet: async (path) => one(await digestOf(readParquet(path))),
    readParquetTexts: async (path) => one(await digestOf(readParquetTexts(path, { column }))),
    spliceParquet: splice(column, false),
    'spliceParquet, rows left out': splice(column, true),
  };
}

const otherWays: Readonly<Record<string, Way>> = {
  readArrow: async (path) => one(await digestOf(readArrow(path))),
  readJsonl: async (path) => one(await digestOf(readJsonl(path))),
  readZip: readArchive,
  ...modelWays,
};

const parquetWayNames = Object.keys(parquetWays('text'));

/** The names of the ways to read a file of that name. */
export function wayNamesOf(file: string): readonly string[] {
  if (file.endsWith('.parquet')) return parquetWayNames;
  if (/\.arrows?$/.test(file)) return ['readArrow'];
  if (file.endsWith('.onnx')) return ['splitModel'];
  if (file.endsWith('.json')) return [file === 'config.json' ? 'readModelConfig' : 'loadTokenizer'];
  return file.endsWith('.zip') ? ['readZip'] : ['readJsonl'];
}

/**
 * A way by its name.
 *
 * @param soundPath - the file before it was damaged, whose first column of byte arrays is taken for the text.
 */
export async function wayOf(name: string, soundPath: string): Promise<Way> {
  const ways = soundPath.endsWith('.parquet')
    ? parquetWays(await textColumnOf(soundPath))
    : otherWays;
  const way = ways[name];
  if (way === undefined) throw new Error(`no way is called ${name}`);
  return way;
}

async function textColumnOf(path: string): Promise<string> {
  const texts = leavesOf(await readFileMetadata(path)).find(
    (leaf) => leaf.physicalType === 'BYTE_ARRAY' && leaf.path.length === 1 && leaf.isPlain,
  );
  return texts?.path[0] ?? 'text';
}
