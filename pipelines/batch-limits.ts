import type { RebatchOptions } from '../operators/rebatch.ts';

/**
 * The record batches that a corpus is scored in: enough rows to find windows of like length for a micro-batch, few
 * enough bytes that the main thread never stalls over one.
 */
export function batchLimits(textColumn: string): RebatchOptions {
  return { rows: 512, bytes: 128 * 2 ** 10, column: textColumn };
}
