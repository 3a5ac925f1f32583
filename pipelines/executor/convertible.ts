import { readParquet } from '../../operators/formats/read-parquet.ts';
import type { Source } from '../../src/operator.ts';
import { readFileMetadata } from '../../src/parquet/footer/file-metadata.ts';
import { requireSmallPages } from '../../src/parquet/require-small-pages.ts';
import type { CorpusOptions } from '../stages/corpus-options.ts';
import { partLimits } from './memory-bounds.ts';

/**
 * All columns of a Parquet file. Where texts are bounded, the file is looked through before: nothing in it may be too large to
 * be held, unless toedit wrote it, and so many rows are decoded at once as are small enough.
 *
 * @throws ToeditError as `requireSmallPages` and `readParquet`.
 */
export async function* convertible(
  path: string,
  { maxTextBytes, signal }: Pick<CorpusOptions, 'maxTextBytes' | 'signal'>,
  isOwn = false,
): Source {
  const limits = partLimits(maxTextBytes);
  if (limits === undefined || maxTextBytes === undefined) {
    yield* readParquet(path, { signal });
    return;
  }
  const maxPageBytes = isOwn ? undefined : limits.pageBytes;
  const footer = { ...(await readFileMetadata(path)), maxPageBytes };
  const reads = await requireSmallPages(footer, {
    convertedPageBytes: isOwn ? Number.POSITIVE_INFINITY : limits.convertedPageBytes,
    maxTextBytes,
    batchBytes: limits.convertedBatchBytes,
    partBytes: limits.convertedPartBytes,
    signal,
  });
  yield* readParquet(path, { ...reads, signal });
}
