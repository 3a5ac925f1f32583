import { Decompress } from 'fzstd';
import { damaged } from './damaged.ts';

/**
 * Input given to the decoder at once. A block of a few bytes may stand for 128 KiB, and what they all give is in memory
 * together: 4 KiB of the most compressible text give about 130 MB, of prose 15 KB.
 */
const stepBytes = 4 * 1024;

/**
 * Decompresses zstd data of one frame or many, skippable ones included (RFC 8878 §3.1). Content checksums are not
 * verified: fzstd passes them by.
 *
 * @param name - of the file, for messages.
 * @throws ToeditError `FILE_CORRUPT` where the data is damaged or ends early; the errors of the stream pass.
 */
export async function* unzstd(
  source: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array, void> {
  const ready: Uint8Array[] = [];
  const decoder = new Decompress((chunk) => void ready.push(chunk));
  const decode = (bytes: Uint8Array, isLast: boolean): Uint8Array[] => {
    try {
      decoder.push(bytes, isLast);
    } catch (error) {
      throw damaged(name, 'zstd', error);
    }
    return ready.splice(0);
  };
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; at += stepBytes) {
      yield* decode(chunk.subarray(at, at + stepBytes), false);
    }
  }
  yield* decode(new Uint8Array(0), true);
}
