import { askRuntime } from './ask-runtime.ts';
import type { Int8Trial } from './int8-trial-worker.ts';

/**
 * How many times as fast as in float32 this processor multiplies matrices in int8, by a trial of half a second on one core; null where
 * the trial fails. A forward pass gains less: attention stays as it is.
 */
export async function measureInt8(): Promise<number | null> {
  const url = new URL('./int8-trial-worker.js', import.meta.url);
  const worker = askRuntime<never, Int8Trial>(url, undefined, 'int8 trial');
  try {
    const { float32Ms, int8Ms } = await worker.first();
    return float32Ms / int8Ms;
  } catch {
    return null;
  } finally {
    await worker.close();
  }
}
