import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { root } from './sandbox.ts';

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const { scripts } = JSON.parse(read('package.json')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

const callers = ['README.md', 'CONTRIBUTING.md', '.github/workflows/ci.yml', '.ci/run'];

test.each(callers)('every npm script that %s calls is there', (path) => {
  const calls = read(path).matchAll(/\bnpm (?:run ([\w:-]+)|(test|start)\b)/g);
  const names = [...calls].map(([, named, short]) => named ?? short ?? '');
  expect(names).not.toHaveLength(0);
  for (const name of names) expect(Object.keys(scripts)).toContain(name);
});

interface Step {
  readonly run?: string;
  readonly uses?: string;
}

interface Workflow {
  readonly permissions: unknown;
  readonly jobs: Readonly<
    Record<string, { readonly steps: readonly Step[]; readonly strategy?: unknown }>
  >;
}

describe('the workflow', () => {
  const text = read('.github/workflows/ci.yml');
  const workflow = parse(text) as Workflow;
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
  const commands = steps.flatMap(({ run }) => run ?? []);

  test('installs, checks, and runs both sets of tests, on all versions of Node.js', () => {
    const wanted = ['npm ci', 'npm run check', 'npm test', 'npm run test:all'];
    expect(commands).toEqual(expect.arrayContaining(wanted));
    expect(workflow.jobs['test']?.strategy).toMatchObject({
      matrix: { os: ['ubuntu-latest', 'macos-latest'], node: [20, 22, 24] },
    });
  });

  test('does only one thing a step, may only read, and knows no secrets', () => {
    for (const step of steps) expect(step.run === undefined).toBe(step.uses !== undefined);
    expect(workflow.permissions).toEqual({ contents: 'read' });
    expect(text).not.toMatch(/\bsecrets\b/);
  });

  test('names a major version of each action', () => {
    const actions = steps.flatMap(({ uses }) => uses ?? []);
    for (const action of actions) expect(action).toMatch(/^actions\/[a-z-]+@v\d+$/);
  });
});
