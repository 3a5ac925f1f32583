import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readEvidence } from './evidence.ts';
import { editedPlot, generationsPlot, mixturesPlot } from './plots.ts';
import { resultsPage } from './results-page.ts';

/** Writes RESULTS.md and its plots from the results in a directory. */
export function writePages(directory: string): void {
  const evidence = readEvidence(directory);
  const write = (name: string, content: string): void =>
    writeFileSync(join(directory, name), content);
  write('mixtures.svg', mixturesPlot(evidence));
  write('edited.svg', editedPlot(evidence));
  write('generations.svg', generationsPlot(evidence));
  write('RESULTS.md', resultsPage(evidence));
}
