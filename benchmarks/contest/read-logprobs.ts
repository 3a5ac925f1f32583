import { readFile } from 'node:fs/promises';

/** What a contestant wrote: natural logs, float32. */
export async function readLogprobs(file: string): Promise<Float32Array> {
  return new Float32Array(Uint8Array.from(await readFile(file)).buffer);
}
