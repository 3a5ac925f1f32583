import { hasInt8DotProduct, readCpuinfo } from '#toedit/src/inference/processor';

/** Whether the processor that runs the tests has 8-bit dot products, as the program finds out; null where the system does not tell. */
export const hasDotProductHere: boolean | null = hasInt8DotProduct(await readCpuinfo());
