import { expect, test } from 'vitest';
import { bodyOptions, sessionOptions } from '#toedit/src/inference/worker/session-options';

const place = { device: 'cpu', threads: 1 } as const;
const session = (part: 'body' | 'head', hasDotProduct: boolean | null) =>
  sessionOptions(place, part, hasDotProduct).extra?.['session'] as Record<string, unknown>;

test.each([
  [true, '0'],
  [false, '1'],
  [null, '1'],
])(
  'ONNX Runtime is told to be precise in int8 unless the processor is by itself: %s',
  (has, told) => {
    expect(session('body', has)['x64quantprecision']).toBe(told);
    expect(session('head', has)['x64quantprecision']).toBe(told);
  },
);

test("the body's threads spin, the head's do not", () => {
  expect(session('body', true)['intra_op']).toEqual({ allow_spinning: '1' });
  expect(session('head', true)['intra_op']).toEqual({ allow_spinning: '0' });
});

test('the hidden state stays on the device where the head takes it there, and no scores do', () => {
  const location = (device: 'cpu' | 'cuda' | 'webgpu', hidden: string | null) =>
    bodyOptions({ device, threads: 1, hidden }).preferredOutputLocation;
  expect(location('webgpu', 'state')).toEqual({ state: 'gpu-buffer' });
  expect(location('webgpu', null)).toBeUndefined();
  expect(location('cuda', 'state')).toBeUndefined();
  expect(location('cpu', 'state')).toBeUndefined();
});
