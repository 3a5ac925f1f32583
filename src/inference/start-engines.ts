import { deviceName } from './device-name.ts';
import type { EngineOptions, EnginePlace } from './engine-options.ts';
import { type EnginePool, enginePool } from './engine-pool.ts';
import { startEngine } from './start-engine.ts';

/**
 * Starts an engine at each place, all at once. Where one fails, none stays open.
 *
 * @throws ToeditError as `startEngine`.
 */
export async function startEngines(
  options: Omit<EngineOptions, keyof EnginePlace>,
  { places, name }: { readonly places: readonly EnginePlace[]; readonly name: string },
): Promise<EnginePool> {
  const starts = await Promise.allSettled(
    places.map(async (place) => {
      const device = deviceName(place);
      const nameHere = places.length === 1 ? name : `${name} on ${device}`;
      return { device, engine: await startEngine({ ...options, ...place }, nameHere) };
    }),
  );
  const members = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const failure = starts.find((start) => start.status === 'rejected');
  if (failure === undefined) return enginePool(members);
  await Promise.all(members.map(({ engine }) => engine.close()));
  throw failure.reason;
}
