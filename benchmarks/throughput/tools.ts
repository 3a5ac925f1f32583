import { join } from 'node:path';
import { nodePeer, pythonPeer } from '../contest/peer-commands.ts';
import type { PeerPlaces } from '../contest/peer-places.ts';
import type { Tool } from '../contest/start-contestant.ts';

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
    ...pythonPeer(peers, 'pytorch', [huggingFace, style]),
  });
  return [
    ...graphs.map((graph) => ({
      name: `toedit, ${graph}`,
      family: 'toedit',
      ...nodePeer('toedit', [scratch, modelDirectory, join('onnx', `${graph}.onnx`)]),
    })),
    {
      name: 'vLLM CPU, float32',
      family: 'vLLM CPU fp32',
      ...pythonPeer(peers, 'vllm_cpu', [huggingFace, 'float32']),
    },
    ...['plain', 'by-document', 'compiled'].map(pytorch),
    { name: 'llama.cpp, f32', family: 'llama.cpp', ...pythonPeer(peers, 'llama', [gguf]) },
    ...graphs.map((graph) => ({
      name: `transformers.js, ${graph}`,
      family: 'transformers.js',
      ...nodePeer('transformers-js', [javascript, modelDirectory, graph]),
    })),
  ];
}

const graphs = ['model_gqa', 'model'];
