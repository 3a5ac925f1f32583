import { expect, test } from 'vitest';
import { parseTimeLimit } from '#toedit/src/slurm/slurm-job';

// The forms that sbatch's manual lists under --time.
test.each([
  ['1', 60],
  ['1:30', 90],
  ['2:00:00', 7200],
  ['1-0', 86_400],
  ['1-2', 93_600],
  ['1-2:03', 93_780],
  ['1-2:03:04', 93_784],
])('%s is %i s', (time, seconds) => {
  expect(parseTimeLimit(time)).toBe(seconds);
});

test.each(['', '0', 'soon', '4h', '1:2:3:4', '1-', '-1', '1-2:3:4:5'])('%j is none', (time) => {
  expect(() => parseTimeLimit(time)).toThrow(/^the time limit must be .*: .*\.$/);
});
