import { loadavg } from 'node:os';
import type { Race } from '../contest/race.ts';
import type { RawComparison } from './compare-raw.ts';
import { peersSection } from './peers-section.ts';
import { rawSection } from './raw-section.ts';

/** What the page shows. */
export interface Results {
  readonly raw: readonly RawComparison[];
  readonly race: Race;
  readonly machine: string;
}

/** The page `RESULTS.md`. */
export function resultsPage({ raw, race, machine }: Results): string {
  return `# Throughput

**Question.** How many tokens a second does \`toedit edit\` score, as a whole pipeline, next to the tools that one could take instead?

**Scope.** SmolLM2-135M, float32, CPU, 2 threads. The machine is shared (load average ${(loadavg()[0] ?? 0).toFixed(1)} at the end): only ratios of
neighbouring runs count, of which medians and spreads are given.

**Machine.** ${machine}, onnxruntime-node 1.30.0.

**Regenerate.** \`npm run benchmark -- throughput --set-up\` once, to install the other tools (\`benchmarks/contest/peers/\`) outside the repository, then
\`npm run benchmark -- throughput\`.

${rawSection(raw)}
${peersSection(race)}`;
}
