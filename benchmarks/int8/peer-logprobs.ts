import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { readLogprobs } from '../contest/read-logprobs.ts';
import { startContestant, type Tool } from '../contest/start-contestant.ts';

/**
 * The logprobs that another tool gives the documents of `documents.json` in `scratch`, from each document's second token on. They
 * are kept there: a tool that takes minutes is asked once.
 *
 * @throws Error where the tool is not set up, or fails.
 */
export async function peerLogprobs(tool: Tool, scratch: string): Promise<Float32Array> {
  const documents = join(scratch, 'documents.json');
  const hash = createHash('sha256').update(await readFile(documents));
  const { name, program, script, settings } = tool;
  hash.update(await readFile(script)).update(JSON.stringify([program, settings]));
  const file = join(scratch, `${hash.digest('hex').slice(0, 16)}.f32`);
  if (!existsSync(file)) {
    const logprobs = `${file}.part`;
    console.log(`${name}: scoring ${documents}`);
    const contestant = await startContestant(tool, { documents, logprobs, log: `${file}.log` });
    contestant.end();
    await rename(logprobs, file);
  }
  return await readLogprobs(file);
}
