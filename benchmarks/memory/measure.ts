import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { applyEdits } from '../../operators/apply-edits.ts';
import { readArrow } from '../../operators/formats/read-arrow.ts';
import { readParquet } from '../../operators/formats/read-parquet.ts';
import { writeArrow } from '../../operators/formats/write-arrow.ts';
import { writeParquet } from '../../operators/formats/write-parquet.ts';
import { prefetch } from '../../operators/prefetch.ts';
import { rebatch } from '../../operators/rebatch.ts';
import { resampleTokens } from '../../operators/resample-tokens.ts';
import { scoreTokens } from '../../operators/score-tokens.ts';
import { tokenize } from '../../operators/tokenize.ts';
import { loadPrior } from '../../src/model/load-prior.ts';
import type { Sink } from '../../src/operator.ts';
import { compose, runPipeline } from '../../src/operator.ts';
import { nullPrior } from '../null-prior.ts';
import { runFileOf } from '../run-file-of.ts';

/** One run of the pipeline, in this process: prints rows, seconds and peak RSS as JSON. */
const [input = '', sinkName = 'write'] = process.argv.slice(2);
const isParquet = input.endsWith('.parquet');
const output = `${input}.out`;
await using prior = await loadPrior(
  fileURLToPath(new URL('../../../models/tiny', import.meta.url)),
);
const model = nullPrior(prior);
const started = performance.now();
const rows = sinkName === 'run' ? await runFileOf(input, model) : await walk();
await rm(output, { force: true });
await rm(`${input}.run`, { recursive: true, force: true });
const seconds = (performance.now() - started) / 1000;
const peakRssBytes = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ rows, seconds, peakRssBytes }));

async function walk(): Promise<number> {
  const write = isParquet ? writeParquet(output, { rowGroupRows: 5000 }) : writeArrow(output);
  const written = await runPipeline({
    source: isParquet ? readParquet(input) : readArrow(input),
    operator: compose(
      rebatch({ rows: 512, bytes: 128 * 2 ** 10 }),
      tokenize(model),
      prefetch(1),
      scoreTokens(model),
      prefetch(1),
      resampleTokens(model),
      applyEdits(model),
      prefetch(1),
    ),
    sink: sinkName === 'stall' ? stalled : write,
  });
  return written.rows;
}

async function stalled(source: Parameters<Sink<unknown>>[0]): Promise<{ readonly rows: number }> {
  for await (const batch of source) {
    await sleep(5000);
    return { rows: batch.numRows };
  }
  return { rows: 0 };
}
