import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Tests run the compiled program in `dist/`, as users do: worker threads need JavaScript files. */
export default defineConfig({
  resolve: {
    alias: [
      { find: /^toedit$/, replacement: here('dist/src/index.js') },
      { find: /^#toedit\/(.*)$/, replacement: here('dist/$1.js') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/build.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // A poll says what must come about, not how soon: machines are shared.
    expect: { poll: { timeout: 30_000 } },
  },
});
