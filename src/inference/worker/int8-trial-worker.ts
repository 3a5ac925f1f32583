import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import { answerCalls } from '../../worker-protocol.ts';
import { hasInt8DotProduct, readCpuinfo } from '../processor.ts';
import { sessionOptions } from './session-options.ts';
import { trialProducts } from './trial-products.ts';

/** What the worker answers. */
export interface Int8TrialCalls {
  /** The median times of the two products, on one thread. */
  measure: { readonly question: null; readonly answer: Int8Trial };
}

interface Int8Trial {
  readonly float32Ms: number;
  readonly int8Ms: number;
}

interface TrialSessions {
  readonly float32: InferenceSession;
  readonly int8: InferenceSession;
}

/** Those of a feed-forward layer of SmolLM2-135M, over a small micro-batch. */
const [rows, inner, columns] = [256, 576, 1536];
const leastRounds = 5;
const limitMs = 400;

answerCalls<Int8TrialCalls>(async () => {
  env.logLevel = 'fatal';
  // Two pools of threads would take the cores from each other.
  const place = { device: 'cpu', threads: 1 } as const;
  const settings = sessionOptions(place, 'head', hasInt8DotProduct(await readCpuinfo()));
  const products = trialProducts(inner, columns);
  const float32 = await InferenceSession.create(products.float32, settings);
  const int8 = await InferenceSession.create(products.int8, settings);
  return {
    answers: { measure: () => takeTurns({ float32, int8 }) },
    release: async () => {
      await float32.release();
      await int8.release();
    },
  };
});

async function takeTurns({ float32, int8 }: TrialSessions): Promise<Int8Trial> {
  const x = new Tensor(
    Float32Array.from({ length: rows * inner }, (_, i) => Math.cos(i)),
    [rows, inner],
  );
  const msOf = async (session: InferenceSession): Promise<number> => {
    const start = performance.now();
    await session.run({ x });
    return performance.now() - start;
  };
  const times: Record<keyof Int8Trial, number[]> = { float32Ms: [], int8Ms: [] };
  await msOf(float32);
  await msOf(int8);
  const start = performance.now();
  while (times.int8Ms.length < leastRounds || performance.now() - start < limitMs) {
    times.float32Ms.push(await msOf(float32));
    times.int8Ms.push(await msOf(int8));
  }
  return { float32Ms: median(times.float32Ms), int8Ms: median(times.int8Ms) };
}

function median(times: readonly number[]): number {
  return times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? Number.NaN;
}
