import { availableParallelism } from 'node:os';
import type { ToeditError } from '../errors.ts';
import { badOption } from '../options.ts';
import type { Device, EnginePlace } from './engine-options.ts';

/** Which engines are wanted. */
export interface EngineRequest {
  /** What kind of device all of them run on. @defaultValue that of `devices`, else 'cpu' */
  readonly device?: Device | undefined;
  /** A device for each engine, such as `cuda:0`; `cpu*4` stands for four. @defaultValue one, on `device` */
  readonly devices?: readonly string[] | undefined;
  /** Threads of all engines together; 0 stands for the default. @defaultValue of one engine ONNX Runtime's choice, else the cores */
  readonly threads?: number | undefined;
}

/** One place or more. */
export type EnginePlaces = readonly [EnginePlace, ...EnginePlace[]];

/**
 * Says where each engine runs. Threads are dealt among them, at least one each. Devices of different kinds would round
 * differently, and which of them scored a document is chance: they are refused, since a run gives the same bytes every time.
 *
 * @throws ToeditError BAD_OPTION naming the device and the remedy.
 */
export function resolveEngines({ device, devices, threads = 0 }: EngineRequest): EnginePlaces {
  const [first, ...others] = (devices ?? [device ?? 'cpu']).flatMap(parseDevice);
  const count = others.length + 1;
  if (first === undefined || count > mostEngines) {
    throw refuse(devices, `give 1 to ${String(mostEngines)} of them, such as cuda:0,cuda:1`);
  }
  if (others.some((place) => place.device !== first.device)) {
    throw refuse(devices, 'they must be of one kind, since kinds of devices round differently');
  }
  if (device !== undefined && first.device !== device) {
    throw refuse(devices, `the device is ${device}: name devices of that kind`);
  }
  const dealt = Math.max(1, Math.floor((threads || availableParallelism()) / count));
  const own = { threads: count === 1 ? threads : dealt };
  return [{ ...first, ...own }, ...others.map((place) => ({ ...place, ...own }))];
}

const mostEngines = 256;

function parseDevice(text: string): readonly Omit<EnginePlace, 'threads'>[] {
  const [, device, id, count = '1'] = pattern.exec(text) ?? [];
  if (device === undefined || Number(count) > mostEngines) {
    throw refuse([text], 'name cpu, cpu*4 (four on the cores), cuda, cuda:0 or webgpu');
  }
  const place = {
    device: device as Device,
    ...(id === undefined ? {} : { deviceId: Number(id) }),
  };
  return Array.from({ length: Number(count) }, () => place);
}

/** Only of CUDA devices can ONNX Runtime be told which one. */
const pattern = /^(cpu|webgpu|cuda)(?:(?<=cuda):(\d{1,3}))?(?:\*([1-9]\d{0,2}))?$/;

function refuse(devices: readonly string[] | undefined, remedy: string): ToeditError {
  return badOption('devices', devices?.join(',') ?? '', `${remedy}.`);
}
