import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { machine } from '../machine.ts';
import { roundedJson } from '../rounded-json.ts';
import { errorPlot } from './error-plot.ts';
import { resultsPage } from './results-page.ts';
import { type ProcessResult, type TheoryResults, theoryResults } from './theory-results.ts';

const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    samples: { type: 'string', default: '400' },
    dimensions: { type: 'string', default: '10' },
    sigma: { type: 'string', default: '1' },
    rounds: { type: 'string' },
    designs: { type: 'string', default: '20' },
    repetitions: { type: 'string', default: '4000' },
    seed: { type: 'string', default: '0' },
    output: { type: 'string', default: 'benchmarks/theory' },
  },
});

const setting = {
  samples: Number(values.samples),
  dimensions: Number(values.dimensions),
  sigma: Number(values.sigma),
};
if (!(setting.samples >= setting.dimensions + 4)) {
  throw new RangeError(`--samples ${values.samples}: choose at least --dimensions + 4`);
}
const effort = {
  designs: Number(values.designs),
  repetitions: Number(values.repetitions),
  seed: BigInt(values.seed),
};
const rounds = values.rounds === undefined ? null : Number(values.rounds);
const theory = theoryResults(setting, effort, rounds);
for (const { process: of, exact, simulated } of theory.results) {
  console.log(of.name, of.rounds, exact.at(-1)?.toFixed(3), simulated.at(-1)?.toFixed(3));
}
await mkdir(values.output, { recursive: true });
const at = (name: string): string => join(values.output, name);
const results = roundedJson({ machine: machine(), ...theory });
await writeFile(at('results.json'), results);
await writeFile(at('errors.svg'), errorPlot(seriesOf(theory.results)));
await writeFile(at('RESULTS.md'), resultsPage(JSON.parse(results) as TheoryResults, machine()));

/** One line for each kind of process: the longest of its kind. */
function seriesOf(results: readonly ProcessResult[]) {
  const labels: Readonly<Record<string, string>> = {
    full: 'full replacement',
    overlapping: 'overlapping edits, retrained',
    geometric: 'geometric decay, retrained',
    disjoint: 'disjoint edits, retrained',
    fixed: 'fixed prior, overlapping',
  };
  return Object.entries(labels).flatMap(([kind, label]) => {
    const ofKind = results.filter(({ process: of }) => of.name.startsWith(kind));
    const [longest] = ofKind.toSorted((one, other) => other.process.rounds - one.process.rounds);
    return longest === undefined ? [] : [{ label, result: longest }];
  });
}
