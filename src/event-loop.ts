import { setImmediate } from 'node:timers/promises';

/** How long work may last without the process hearing signals and timers. */
const mostMs = 50;

/** To be awaited between steps of long work: lets the event loop turn where it has not for 50 ms. */
function breather(): () => Promise<void> | undefined {
  let last = performance.now();
  return () => {
    if (performance.now() - last < mostMs) return undefined;
    return setImmediate().then(() => {
      last = performance.now();
    });
  };
}

/**
 * The bytes of a stream that may be worked out without ever waiting, such as those of a small file that decompresses to a
 * large one: the event loop turns between them.
 *
 * @throws the signal's reason; errors of the stream.
 */
export async function* paced(
  source: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const breathe = breather();
  for await (const chunk of source) {
    signal?.throwIfAborted();
    yield chunk;
    await breathe();
  }
}
