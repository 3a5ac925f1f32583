import { join } from 'node:path';

/** Where the set-up of the other tools puts things. */
export interface PeerPlaces {
  /** The Python virtual environment. */
  readonly environment: string;
  readonly python: string;
  /** Where npm installs. */
  readonly javascript: string;
  /** Where the converted weights lie. */
  readonly weights: string;
  /** The weights as a Hugging Face directory. */
  readonly huggingFace: string;
  readonly gguf: string;
}

export function peerPlaces(directory: string): PeerPlaces {
  const environment = join(directory, 'python');
  const weights = join(directory, 'weights');
  return {
    environment,
    python: join(environment, 'bin', 'python'),
    javascript: join(directory, 'javascript'),
    weights,
    huggingFace: join(weights, 'hugging-face'),
    gguf: join(weights, 'model-f32.gguf'),
  };
}
