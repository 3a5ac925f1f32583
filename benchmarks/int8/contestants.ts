import { nodePeer, pythonPeer } from '../contest/peer-commands.ts';
import { type PeerPlaces } from '../contest/peer-places.ts';
import type { Tool } from '../contest/start-contestant.ts';

/** Who takes part, and what the page calls them. */
export const contestantNames = {
  float32: 'toedit, float32',
  int8: 'toedit, int8',
  fast: 'toedit, int8 `--fast`',
  bfloat16: 'vLLM, bfloat16',
  vllmFloat32: 'vLLM, float32',
} as const;

/** A graph of a model directory. */
export interface PriorFile {
  readonly directory: string;
  /** Relative to the directory. */
  readonly modelFile: string;
}

/** This program's priors. */
export type PriorFiles = Readonly<Record<'float32' | 'int8' | 'fast', PriorFile>>;

/** This program with each of its priors, in the order of the page. */
export function ownTools(priors: PriorFiles, scratch: string): readonly Tool[] {
  return (['float32', 'int8', 'fast'] as const).map((name) => {
    const { directory, modelFile } = priors[name];
    const command = nodePeer('toedit', [scratch, directory, modelFile]);
    return { name: contestantNames[name], family: 'toedit', ...command };
  });
}

/** vLLM in both precisions. */
export function vllmTools(peers: PeerPlaces): readonly Tool[] {
  const vllm = (name: keyof typeof contestantNames, dtype: string): Tool => ({
    ...{ name: contestantNames[name], family: 'vLLM' },
    ...pythonPeer(peers, 'vllm_cpu', [peers.huggingFace, dtype]),
  });
  return [vllm('bfloat16', 'bfloat16'), vllm('vllmFloat32', 'float32')];
}
