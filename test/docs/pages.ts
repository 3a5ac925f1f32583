import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../sandbox.ts';

/** The pages of the documentation, from the repository's root. */
export const pages: readonly string[] = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'docs',
  'examples/corpus/README.md',
].flatMap(markdown);

function markdown(path: string): string[] {
  if (path.endsWith('.md')) return [path];
  return readdirSync(join(root, path), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(path, name));
}
