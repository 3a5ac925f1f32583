import { writeFile } from 'node:fs/promises';
import { committedResults } from './committed-results.ts';
import { reproductionPage } from './page.ts';

await writeFile('docs/reproduction.md', reproductionPage(committedResults('benchmarks')));
