import { writeFileSync } from 'node:fs';
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import { type Spent, spentVariable } from './spent.ts';

/**
 * Preloaded into a process with `--import`: its priors answer without a forward pass, and what it has spent is written to the file
 * that the environment names when it ends.
 */
const path = process.env[spentVariable];
if (isMainThread && path !== undefined) {
  register('./null-scorer-hooks.js', import.meta.url);
  process.once('exit', () => {
    writeFileSync(path, JSON.stringify(spent()));
  });
}

function spent(): Spent {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const seconds = performance.now() / 1000;
  return { seconds, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakRssBytes: maxRSS * 1024 };
}
