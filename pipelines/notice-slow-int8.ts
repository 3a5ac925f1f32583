import { measureInt8 } from '../src/inference/measure-int8.ts';
import type { Prior } from '../src/model/load-prior.ts';
import { hasInt8DotProduct } from '../src/processor/has-int8-dot-product.ts';
import { readCpuinfo } from '../src/processor/read-cpuinfo.ts';
import { int8Warning } from '../src/report/int8-warning.ts';

/** What is asked of the processor. */
export interface ProcessorTrial {
  /** As Linux tells of it; null on other systems. */
  readonly cpuinfo: () => Promise<string | null>;
  /** As {@link measureInt8}. */
  readonly measure: () => Promise<number | null>;
}

/** Tells the user of an int8 prior that the processor is not made for it, and measures how fast it is; says nothing elsewhere. */
export async function noticeSlowInt8(
  prior: Pick<Prior, 'device' | 'precision'>,
  onNotice: ((notice: string) => void) | undefined,
  { cpuinfo, measure }: ProcessorTrial = { cpuinfo: readCpuinfo, measure: measureInt8 },
): Promise<void> {
  if (onNotice === undefined) return;
  const hasDotProduct = hasInt8DotProduct(await cpuinfo());
  if (int8Warning(prior, { hasDotProduct, speed: null }) === null) return;
  const warning = int8Warning(prior, { hasDotProduct, speed: await measure() });
  if (warning !== null) onNotice(warning);
}
