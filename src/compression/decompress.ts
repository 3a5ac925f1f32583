import { compressionOf } from './compression.ts';
import { gunzip } from './gunzip.ts';
import { peek } from './peek.ts';
import { unzstd } from './unzstd.ts';

/**
 * The plain bytes of a stream that is plain, gzip or zstd: its own first bytes say which.
 *
 * @param name - of the file, for messages.
 * @throws ToeditError `FILE_CORRUPT` where compressed data is damaged or ends early; the errors of the stream pass.
 */
export async function* decompress(
  source: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array, void> {
  const { head, bytes } = await peek(source, 4);
  switch (compressionOf(head)) {
    case 'gzip':
      return yield* gunzip(bytes, name);
    case 'zstd':
      return yield* unzstd(bytes, name);
    case 'none':
      return yield* bytes;
  }
}
