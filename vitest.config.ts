import { fileURLToPath } from 'node:url';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

type TestOptions = NonNullable<TestProjectInlineConfiguration['test']>;

/** Tests run the compiled program in `dist/`, as users do: worker threads need JavaScript files. */
const project = (options: TestOptions): TestProjectInlineConfiguration => ({
  resolve: {
    alias: [
      { find: /^toedit$/, replacement: here('dist/src/index.js') },
      { find: /^#toedit\/(.*)$/, replacement: here('dist/$1.js') },
    ],
  },
  test: {
    pool: 'forks',
    maxWorkers: 2,
    // Node loads what is compiled faster than Vite does.
    server: { deps: { external: [/\/dist\//] } },
    hookTimeout: 120_000,
    // A poll says what must come about, not how soon: machines are shared.
    expect: { poll: { timeout: 30_000 } },
    ...options,
  },
});

/** `NAME.test.ts` shares a process with other files, and leaves its directory, environment and globals as they are. */
const quick = project({
  name: 'quick',
  include: ['test/**/*.test.ts'],
  exclude: ['test/**/*.thorough.test.ts'],
  isolate: false,
  testTimeout: 60_000,
  sequence: { groupOrder: 0 },
});

/** `NAME.thorough.test.ts` has a process of its own, and takes the time it needs. */
const thorough = project({
  name: 'thorough',
  include: ['test/**/*.thorough.test.ts'],
  testTimeout: 300_000,
  sequence: { groupOrder: 1 },
});

export default defineConfig({
  test: { globalSetup: ['test/build.ts'], projects: [quick, thorough] },
});
