import { expect, test } from 'vitest';
import { machineFacts } from '#toedit/src/tuning/machine-facts';

test('the machine has cores and memory', async () => {
  const { cores, memoryBytes } = await machineFacts();
  expect(cores).toBeGreaterThan(0);
  expect(memoryBytes).toBeGreaterThan(2 ** 28);
});
