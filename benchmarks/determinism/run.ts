import { writeFile } from 'node:fs/promises';
import { readJsonl } from '../../operators/formats/read-jsonl.ts';
import { loadPrior } from '../../src/model/load-prior.ts';
import { machine } from '../machine.ts';
import { smollm2Directory } from '../smollm2-directory.ts';
import { type Numbers, read, ways } from './read-otherwise.ts';
import { type Comparison, resultsPage } from './results-page.ts';

const [tinyTokens = 4000, smolTokens = 1200] = process.argv.slice(3).map(Number);
const smol = smollm2Directory();

const comparisons: Comparison[] = [];
await compare('models/tiny', 'onnx/model.onnx', tinyTokens);
await compare(smol, 'onnx/model.onnx', smolTokens);
await compare(smol, 'onnx/model_gqa.onnx', smolTokens);
await writeFile('benchmarks/determinism/RESULTS.md', resultsPage(comparisons, machine()));

/** Reads the same documents in all ways, and counts the numbers that differ from those of the first. */
async function compare(directory: string, modelFile: string, tokens: number): Promise<void> {
  let first: Numbers | null = null;
  for (const way of ways) {
    const { threads, logitsMebibytes } = way;
    const options = { modelFile, threads, logitsBytes: logitsMebibytes * 2 ** 20 };
    await using prior = await loadPrior(directory, options);
    const documents = shorten(await prior.encode(await paragraphs()), tokens);
    const numbers = await read(prior, documents, way);
    first ??= numbers;
    const name = `${prior.name.replace('toedit-', '')}/${modelFile}`;
    comparisons.push({ prior: name, way, ...differences(first, numbers) });
    console.log(comparisons.at(-1));
  }
}

async function paragraphs(): Promise<string[]> {
  const texts: string[] = [];
  for await (const batch of readJsonl('examples/corpus/devils-dictionary.jsonl.gz')) {
    for (const text of batch.getChild('text') ?? []) texts.push(...String(text).split('\n\n'));
  }
  return texts;
}

/** The first documents of two tokens or more, until there are enough tokens. */
function shorten(documents: readonly Int32Array[], tokens: number): Int32Array[] {
  let total = 0;
  return documents.filter(({ length }) => {
    if (length < 2 || total >= tokens) return false;
    total += length;
    return true;
  });
}

function differences(
  first: Numbers,
  other: Numbers,
): Pick<Comparison, 'logprobs' | 'unequal' | 'greatest' | 'candidates' | 'unequalCandidates'> {
  const distances = Array.from(first.logprobs, (logprob, i) =>
    Math.abs(logprob - (other.logprobs[i] ?? Number.NaN)),
  );
  const tokens = first.candidates.map((_, i) => i);
  return {
    logprobs: first.logprobs.length,
    unequal: distances.filter((distance) => distance !== 0).length,
    greatest: Math.max(...distances),
    candidates: Object.keys(first.candidates).length,
    unequalCandidates: tokens.filter((i) => first.candidates[i] !== other.candidates[i]).length,
  };
}
