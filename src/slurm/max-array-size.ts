import { ToeditError } from '../errors.ts';
import { askSlurm } from './ask-slurm.ts';

/**
 * How many tasks an array of this cluster may have: its indices, from 0, are below `MaxArraySize`.
 *
 * @throws ToeditError SCHEDULER_REFUSED where Slurm is absent, does not answer, or allows no arrays.
 */
export async function maxArraySize(): Promise<number> {
  const configuration = await askSlurm('scontrol', ['show', 'config']);
  const size = Number(/^MaxArraySize\s*=\s*(\d+)/m.exec(configuration)?.[1] ?? slurmDefault);
  if (size > 0) return size;
  const message = 'this cluster allows no job arrays (MaxArraySize is 0): ask its administrators';
  throw new ToeditError('SCHEDULER_REFUSED', message);
}

/** `MaxArraySize` where slurm.conf does not set it. */
export const slurmDefault = 1001;
