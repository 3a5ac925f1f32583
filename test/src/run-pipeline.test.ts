import type { RecordBatch } from 'apache-arrow';
import { expect, test } from 'vitest';
import { takeRows } from '#toedit/operators/take-rows';
import { runPipeline } from '#toedit/src/operator';
import { numbered, textBatch } from '../operators/text-batch.ts';

test('a source of which an operator takes a part ends, without an error of its own to report', async () => {
  const met: unknown[] = [];
  async function* source(): AsyncGenerator<RecordBatch> {
    try {
      for (;;) yield textBatch(numbered(['a', 'b', 'c']));
    } catch (error) {
      met.push(error);
      throw new Error('the file is damaged', { cause: error });
    } finally {
      met.push('closed');
    }
  }
  const rows = await runPipeline({
    source: source(),
    operator: takeRows(7),
    sink: async (batches) => {
      let count = 0;
      for await (const { numRows } of batches) count += numRows;
      return count;
    },
  });
  expect(rows).toBe(7);
  expect(met).toEqual(['closed']);
});
