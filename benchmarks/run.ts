import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The compiled benchmarks: a folder per question, each with a `run.js`. */
const folder = fileURLToPath(new URL('.', import.meta.url));

function benchmarkNames(): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'run.js')))
    .map((entry) => entry.name)
    .sort();
}

const [name] = process.argv.slice(2);
const names = benchmarkNames();
if (name !== undefined && names.includes(name)) {
  await import(pathToFileURL(join(folder, name, 'run.js')).href);
} else {
  const unknown = name === undefined ? '' : `No benchmark is called ${name}. `;
  console.error(`${unknown}Usage: npm run benchmark -- NAME, where NAME is one of:`);
  for (const each of names) console.error(`  ${each}`);
  process.exitCode = 2;
}
