import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { logSoftmax } from './log-softmax.ts';
import { type Documents, takeTurns } from './take-turns.ts';

/** What is used here of `@huggingface/transformers`, which is no dependency of this package. */
interface TransformersJs {
  readonly env: { localModelPath: string; allowRemoteModels: boolean };
  readonly Tensor: new (
    type: string,
    data: BigInt64Array | Float32Array,
    shape: readonly number[],
  ) => unknown;
  readonly AutoModelForCausalLM: {
    from_pretrained(name: string, options: object): Promise<CausalModel>;
  };
}

type CausalModel = (
  inputs: Readonly<Record<string, unknown>>,
) => Promise<{ readonly logits: { readonly data: Float32Array } }>;

/** Arguments: documents, logprobs, where npm installed the package, model directory, name of the graph. */
const [, , installed = '', modelDirectory = '', graph = ''] = process.argv.slice(2);

/** Of SmolLM2-135M. */
const [layers, heads, headSize] = [30, 3, 64];

await takeTurns(async (documents) => {
  const resolved = createRequire(join(installed, 'package.json')).resolve(
    '@huggingface/transformers',
  );
  const transformers = (await import(pathToFileURL(resolved).href)) as TransformersJs;
  const model = await load(transformers);
  const score = async (): Promise<Float32Array> => {
    const scores: number[] = [];
    for (const ids of documents) scores.push(...logSoftmax(await logitsOf(ids), ids));
    return Float32Array.from(scores);
  };
  const logitsOf = async (ids: Documents[number]): Promise<Float32Array> => {
    const integers = (values: readonly number[]) =>
      new transformers.Tensor('int64', BigInt64Array.from(values, BigInt), [1, ids.length]);
    const inputs = { input_ids: integers(ids), attention_mask: integers(ids.map(() => 1)) };
    const { logits } = await model({ ...inputs, past_key_values: emptyCache(transformers) });
    return logits.data;
  };
  const tokens = documents.flat().length;
  return { logprobs: score, pass: async () => (await score(), tokens) };
});

async function load({ env, AutoModelForCausalLM }: TransformersJs): Promise<CausalModel> {
  env.localModelPath = dirname(modelDirectory);
  env.allowRemoteModels = false;
  return await AutoModelForCausalLM.from_pretrained(basename(modelDirectory), {
    dtype: 'fp32',
    device: 'cpu',
    model_file_name: graph,
    use_external_data_format: true,
    session_options: { intraOpNumThreads: 2 },
  });
}

/** The package makes one itself, but of heads of size 0 where the graph does not state their size, as the GQA graph. */
function emptyCache({ Tensor }: TransformersJs): Readonly<Record<string, unknown>> {
  const empty = new Tensor('float32', new Float32Array(0), [1, heads, 0, headSize]);
  const layer = (i: number) =>
    ['key', 'value'].map((kind) => [`past_key_values.${String(i)}.${kind}`, empty] as const);
  return Object.fromEntries(Array.from({ length: layers }, (_, i) => layer(i)).flat());
}
