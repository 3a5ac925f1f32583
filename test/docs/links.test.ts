import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../sandbox.ts';
import { pages } from './pages.ts';

test.each(pages)('every link of %s leads somewhere', (page) => {
  const links = readFileSync(join(root, page), 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g);
  for (const [, link = ''] of links) {
    expect(existsSync(join(root, dirname(page), link)), link).toBe(true);
  }
});
