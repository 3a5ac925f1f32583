import { hasInt8DotProduct } from '#toedit/src/processor/has-int8-dot-product';
import { readCpuinfo } from '#toedit/src/processor/read-cpuinfo';

/** Whether the processor that runs the tests has 8-bit dot products, as the program finds out; null where the system does not tell. */
export const hasDotProductHere: boolean | null = hasInt8DotProduct(await readCpuinfo());
