import { readFile } from 'node:fs/promises';
import { leavesOf, readFileMetadata } from '../../src/parquet/footer/file-metadata.ts';
import { rowGroupOf } from '../../src/parquet/footer/row-group.ts';
import { type RawPage, rawPages } from '../../src/parquet/pages/raw-pages.ts';
import { openSource } from '../../src/parquet/splice/source-file.ts';

/** Whether a mutant of a file may be read as other rows: false where a checksum covers what was changed. */
export type MayDiffer = (mutant: Uint8Array) => boolean;

/** The files whose whole content is under a checksum. */
const wholeFiles = /\.(jsonl\.gz|checksum\.jsonl\.zst|zip)$/;

/** What the checksums of a sound file cover. */
export async function checksumsOf(path: string): Promise<MayDiffer> {
  if (wholeFiles.test(path)) return () => false;
  if (!path.endsWith('.parquet')) return () => true;
  const [bytes, isCovered] = [await readFile(path), await pagesWithChecksums(path)];
  return (mutant) =>
    mutant.length !== bytes.length ||
    bytes.some((byte, at) => byte !== mutant[at] && isCovered[at] === 0);
}

/** 1 for each byte of a page's body that has a checksum: headers and the footer have none. */
async function pagesWithChecksums(path: string): Promise<Uint8Array> {
  const isCovered = new Uint8Array((await readFile(path)).length);
  const file = await readFileMetadata(path);
  const leaves = leavesOf(file);
  const groups = [...file.rowGroups.keys()].map((rowGroup) => rowGroupOf(file, leaves, rowGroup));
  const source = await openSource(path);
  try {
    for (const chunk of groups.flatMap(({ chunks }) => chunks)) {
      await coverPages(isCovered, rawPages(source.read, chunk));
    }
  } finally {
    await source.close();
  }
  return isCovered;
}

async function coverPages(isCovered: Uint8Array, pages: AsyncIterable<RawPage>): Promise<void> {
  for await (const { header, headerBytes, offset, body } of pages) {
    const start = offset + headerBytes.length;
    if (header.crc !== undefined) isCovered.fill(1, start, start + body.length);
  }
}
