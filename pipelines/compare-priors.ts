import type { PriorComparison } from '../src/comparison/prior-comparison.ts';
import type { Device } from '../src/inference/engine-options.ts';
import { type EngineRequest, resolveEngines } from '../src/inference/resolve-engines.ts';
import type { ModelFileRequest } from '../src/model/find-model-file.ts';
import { identifyPrior } from '../src/model/identify-prior.ts';
import { loadPrior } from '../src/model/load-prior.ts';
import { readModelConfig } from '../src/model/read-model-config.ts';
import type { ManifestPrior } from '../src/run/manifest/manifest.ts';
import { type ComparisonOptions, compareInTurn, type LendPrior } from './compare-in-turn.ts';
import { type ReadSampleOptions, readSample } from './read-sample.ts';
import { requireOneTokenizer } from './require-one-tokenizer.ts';

/** A prior to compare: a model directory, and which of its graphs. */
export interface PriorRequest extends ModelFileRequest {
  /** The prior's directory. */
  readonly model: string;
}

/** Settings of {@link comparePriors}. */
export interface ComparePriorsOptions
  extends ComparisonOptions,
    EngineRequest,
    Pick<ReadSampleOptions, 'textColumn' | 'maxRows'> {
  /** The sample: files, directories or globs. */
  readonly inputs: readonly string[];
}

/** What {@link comparePriors} finds. */
export interface ComparisonReport extends PriorComparison {
  readonly a: ManifestPrior;
  readonly b: ManifestPrior;
}

/**
 * Compares what two priors of one tokenizer say of a sample, token by token; of a long document of its first window. One is
 * open at a time.
 *
 * @param a - the reference: its decisions count as right
 * @throws ToeditError `BAD_OPTION`, where the tokenizers differ, too; as `readSample`, `loadPrior` and `scoreTokens`.
 */
export async function comparePriors(
  a: PriorRequest,
  b: PriorRequest,
  options: ComparePriorsOptions,
): Promise<ComparisonReport> {
  const [{ device }] = resolveEngines(options);
  const [inA, inB] = [await identify(a, device), await identify(b, device)];
  requireOneTokenizer({ ...inA, directory: inA.path }, { ...inB, directory: inB.path });
  const longestWindow = Math.min(await longestOf(inA), await longestOf(inB));
  const documents = await readSample(options.inputs, options);
  const lent = { a: open(inA, options), b: open(inB, options), longestWindow };
  return { a: inA, b: inB, ...(await compareInTurn(lent, documents, options)) };
}

function identify({ model, modelFile, dtype }: PriorRequest, device: Device) {
  return identifyPrior(model, { modelFile, dtype, device });
}

async function longestOf({ path }: ManifestPrior): Promise<number> {
  return (await readModelConfig(path)).maxTokens;
}

function open({ path, modelFile }: ManifestPrior, options: EngineRequest): LendPrior {
  const { device, devices, threads } = options;
  return async (use) => {
    await using prior = await loadPrior(path, { modelFile, device, devices, threads });
    return await use(prior);
  };
}
