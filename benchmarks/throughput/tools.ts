import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PeerPlaces } from './peer-places.ts';
import type { Tool } from './start-contestant.ts';

/** Where the tools find what they need. */
export interface ToolPlaces {
  readonly modelDirectory: string;
  /** Holds `input.parquet`. */
  readonly scratch: string;
  readonly peers: PeerPlaces;
}

/** Every tool of the comparison: toedit on both graphs, then the others. */
export function allTools({ modelDirectory, scratch, peers }: ToolPlaces): readonly Tool[] {
  const { huggingFace, gguf, javascript } = peers;
  const pytorch = (style: string): Tool => ({
    name: `PyTorch and transformers, ${style}`,
    family: 'PyTorch fp32',
    ...python(peers, 'pytorch', [huggingFace, style]),
  });
  return [
    ...graphs.map((graph) => ({
      name: `toedit, ${graph}`,
      family: 'toedit',
      ...node('toedit', [scratch, modelDirectory, join('onnx', `${graph}.onnx`)]),
    })),
    {
      name: 'vLLM CPU, float32',
      family: 'vLLM CPU fp32',
      ...python(peers, 'vllm_cpu', [huggingFace, 'float32']),
    },
    ...['plain', 'by-document', 'compiled'].map(pytorch),
    { name: 'llama.cpp, f32', family: 'llama.cpp', ...python(peers, 'llama', [gguf]) },
    ...graphs.map((graph) => ({
      name: `transformers.js, ${graph}`,
      family: 'transformers.js',
      ...node('transformers-js', [javascript, modelDirectory, graph]),
    })),
  ];
}

const graphs = ['model_gqa', 'model'];

type Command = Pick<Tool, 'needs' | 'program' | 'script' | 'settings'>;

function python({ python }: PeerPlaces, name: string, settings: readonly string[]): Command {
  const script = join('benchmarks/throughput/peers', `${name}.py`);
  return { needs: python, program: python, script, settings };
}

function node(name: string, settings: readonly [needs: string, ...string[]]): Command {
  const script = fileURLToPath(new URL(`peers/${name}.js`, import.meta.url));
  return { needs: settings[0], program: process.execPath, script, settings };
}
