import { execFileSync } from 'node:child_process';

/** Compiles the program before the tests; types are checked apart, by `npm run check`. */
export function setup(): void {
  execFileSync('npx', ['tsc', '-p', 'tsconfig.json', '--noCheck'], { stdio: 'inherit' });
}
