import { TooLarge, tooLargeFile } from '../errors.ts';
import { type FileMetadata, leavesOf } from './footer/file-metadata.ts';
import { type RowGroup, rowGroupOf } from './footer/row-group.ts';
import { requireRoom } from './pages/decoded-pages.ts';
import { rawPages } from './pages/raw-pages.ts';
import { openSource, type SourceFile } from './splice/source-file.ts';

/** Which pages of the file are too large, beside those over its `maxPageBytes`. */
export interface SmallPages {
  /** Pages of more bytes are refused where their values have more than `maxTextBytes` on average. */
  readonly convertedPageBytes: number;
  readonly maxTextBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes sure that no page of the file is too large, for a decoder that does not ask. Damage is the decoder's to find.
 *
 * @throws ToeditError `FILE_CORRUPT` where one is; `FILE_UNREADABLE`; the signal's reason.
 */
export async function requireSmallPages(file: FileMetadata, limits: SmallPages): Promise<void> {
  const { signal } = limits;
  const leaves = leavesOf(file);
  const source = await openSource(file.path, signal);
  try {
    for (const rowGroup of file.rowGroups.keys()) {
      const group = rowGroupOf(file, leaves, rowGroup);
      await walkPages(group, source, limits).catch((error: unknown) => {
        signal?.throwIfAborted();
        if (error instanceof TooLarge) throw tooLargeFile({ file: file.path, rowGroup }, error);
      });
    }
  } finally {
    await source.close();
  }
}

async function walkPages(
  { chunks }: RowGroup,
  { read }: SourceFile,
  { convertedPageBytes, maxTextBytes }: SmallPages,
): Promise<void> {
  for (const chunk of chunks) {
    const { maxPageBytes: most = Number.POSITIVE_INFINITY } = chunk;
    for await (const page of rawPages(read, chunk)) {
      const usual = maxTextBytes * (page.header.content?.entries ?? 0);
      const maxPageBytes = Math.min(most, Math.max(convertedPageBytes, usual));
      requireRoom(page, { ...chunk, maxPageBytes });
    }
  }
}
