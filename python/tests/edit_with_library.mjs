// Edits an Arrow stream by the library's operators: `node edit_with_library.mjs INPUT OUTPUT SEED THRESHOLD TEMPERATURE`.
import {
  applyEdits,
  compose,
  loadPrior,
  readArrow,
  rebatch,
  resampleTokens,
  runPipeline,
  scoreTokens,
  tokenize,
  writeArrow,
} from '../../dist/src/index.js';

const [input, output, seed, threshold, temperature] = process.argv.slice(2);
const prior = await loadPrior();
const rule = {
  ...{ threshold: Number(threshold), temperature: Number(temperature) },
  seed: BigInt(seed),
};
await runPipeline({
  source: readArrow(input),
  operator: compose(
    rebatch({ rows: 64 }),
    tokenize(prior),
    scoreTokens(prior, { threshold: Number(threshold) }),
    resampleTokens(prior, rule),
    applyEdits(prior),
  ),
  sink: writeArrow(output),
});
await prior.close();
