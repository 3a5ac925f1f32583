import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PeerPlaces } from './peer-places.ts';
import type { Tool } from './start-contestant.ts';

/** How a tool is started. */
export type PeerCommand = Pick<Tool, 'needs' | 'program' | 'script' | 'settings'>;

/** A tool in Python: `peers/NAME.py`. */
export function pythonPeer(
  { python }: PeerPlaces,
  name: string,
  settings: readonly string[],
): PeerCommand {
  const script = join('benchmarks/contest/peers', `${name}.py`);
  return { needs: python, program: python, script, settings };
}

/** A tool in JavaScript: `peers/NAME.js`. */
export function nodePeer(
  name: string,
  settings: readonly [needs: string, ...string[]],
): PeerCommand {
  const script = fileURLToPath(new URL(`peers/${name}.js`, import.meta.url));
  return { needs: settings[0], program: process.execPath, script, settings };
}
