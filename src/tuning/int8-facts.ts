import { measureInt8 } from '../inference/measure-int8.ts';
import { hasInt8DotProduct } from '../processor/has-int8-dot-product.ts';
import { readCpuinfo } from '../processor/read-cpuinfo.ts';

/** What 8-bit integers bring on this machine's processor. */
export interface Int8Facts {
  /** Whether it has an instruction for their products; null where the system does not tell. */
  readonly hasDotProduct: boolean | null;
  /** How many times as fast as in float32 it multiplies matrices in int8, measured; null where that failed. */
  readonly speed: number | null;
}

/** Looks at the processor, and measures for half a second. */
export async function int8Facts(): Promise<Int8Facts> {
  return { hasDotProduct: hasInt8DotProduct(await readCpuinfo()), speed: await measureInt8() };
}
