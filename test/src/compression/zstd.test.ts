import { decompress } from 'fzstd';
import { expect, test } from 'vitest';
import { registerIpcCodecs } from '#toedit/src/arrow/ipc/ipc-writer';
import { compressZstd, zstdFrames, zstdReady } from '#toedit/src/compression/zstd';

/** Bytes that compress, but not to nothing. */
function sample(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => ((i * i) >> 5) & 0xff);
}

test('frames are whole while others make the module ready at the same time', async () => {
  const whole: boolean[] = [];
  const write = async (): Promise<void> => {
    await zstdReady();
    for (let i = 0; i < 20; i++) {
      const bytes = sample(1000 * (i + 1));
      whole.push(Buffer.compare(decompress(compressZstd(bytes)), bytes) === 0);
      await new Promise(setImmediate);
    }
  };
  const frames = async (): Promise<void> => {
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 20; i++) {
        await new Promise(setImmediate);
        yield sample(777 * (i + 1));
      }
    }
    let i = 0;
    for await (const frame of zstdFrames(pieces())) {
      whole.push(Buffer.compare(decompress(frame), sample(777 * (i++ + 1))) === 0);
    }
  };
  await Promise.all([write(), frames(), registerIpcCodecs(), write(), frames()]);
  expect(whole).toHaveLength(80);
  expect(whole).not.toContain(false);
});
