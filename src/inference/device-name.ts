import type { EnginePlace } from './engine-options.ts';

/** What people call the device of an engine: `cpu`, `cuda:1`. */
export function deviceName({ device, deviceId }: Pick<EnginePlace, 'device' | 'deviceId'>): string {
  return deviceId === undefined ? device : `${device}:${String(deviceId)}`;
}
