import { writeFile } from 'node:fs/promises';
import { figures } from './figures.ts';
import { scalePage } from './page.ts';

await writeFile('docs/scale.md', scalePage(figures));
