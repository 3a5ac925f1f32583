import { basename } from 'node:path';
import { ToeditError } from '../errors.ts';
import { type HubName, nameOf } from './hub-name.ts';
import type { HubSettings } from './hub-options.ts';
import { isModel } from './look-up.ts';

/** A repository without ONNX files, and where to take them from. */
export async function noGraphs(wanted: HubName, settings: HubSettings): Promise<ToeditError> {
  const name = basename(wanted.name);
  const remedies = [`export it: optimum-cli export onnx --model ${wanted.name} models/${name}`];
  for (const other of [`onnx-community/${name}`, `onnx-community/${name}-ONNX`]) {
    if (other !== wanted.name && (await isModel(other, settings))) {
      remedies.unshift(`take ${other}`);
      break;
    }
  }
  const message = `${nameOf(wanted)} holds no ONNX files: ${remedies.join(', or ')}`;
  return new ToeditError('MODEL_INVALID', message);
}

/** A model that is to be taken from the cache, and is not there. */
export function notCached(wanted: HubName, cacheDirectory: string): ToeditError {
  const message = `${nameOf(wanted)} is not in ${cacheDirectory}, not whole or not in this precision, and HF_HUB_OFFLINE (offline) lets nothing be downloaded: unset it, or name a local directory`;
  return new ToeditError('HUB_NOT_FOUND', message);
}
