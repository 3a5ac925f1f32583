import { describe, expect, test } from 'vitest';
import { presets, resolveResampling } from '#toedit/src/resampling/resampling-options';

describe('resolveResampling', () => {
  test('is the paper where nothing is asked for', () => {
    expect(resolveResampling()).toEqual({
      threshold: 0.99,
      inclusive: true,
      topK: 8,
      topP: 1,
      temperature: 1,
      excludeOriginal: false,
      dropBelow: null,
    });
  });

  test('follows the official script in what its presets alter', () => {
    const { paper, ...others } = presets;
    const altered = Object.entries(others).map(([name, options]) => [
      name,
      Object.fromEntries(
        Object.entries(options).filter(([key, value]) => Reflect.get(paper, key) !== value),
      ),
    ]);
    expect(Object.fromEntries(altered)).toEqual({
      'official-up': { inclusive: false, temperature: 1.5 },
      'official-lowdrop': { inclusive: false, topK: 64, dropBelow: 0.001 },
      filtering: { threshold: null, dropBelow: 0.001 },
    });
  });

  test('puts overrides in place of the preset, null included, undefined not', () => {
    const options = resolveResampling({
      preset: 'official-lowdrop',
      dropBelow: null,
      topK: undefined,
      threshold: 0.5,
    });
    expect(options).toEqual({ ...presets['official-lowdrop'], dropBelow: null, threshold: 0.5 });
  });

  test.each([
    [
      { preset: 'papper' },
      'preset is "papper": choose one of paper, official-up, official-lowdrop, filtering',
    ],
    [
      { preset: 'constructor' },
      'preset is "constructor": choose one of paper, official-up, official-lowdrop, filtering',
    ],
    [
      { threshold: 0 },
      'threshold is 0: choose a probability above 0 and at most 1, or null to redraw no token',
    ],
    [
      { threshold: 1.5 },
      'threshold is 1.5: choose a probability above 0 and at most 1, or null to redraw no token',
    ],
    [
      { threshold: Number.NaN },
      'threshold is NaN: choose a probability above 0 and at most 1, or null to redraw no token',
    ],
    [{ topK: 0 }, 'topK is 0: choose a whole number from 1 to 1024'],
    [{ topK: 1025 }, 'topK is 1025: choose a whole number from 1 to 1024'],
    [{ topK: 2.5 }, 'topK is 2.5: choose a whole number from 1 to 1024'],
    [{ topP: 0 }, 'topP is 0: choose a probability above 0 and at most 1'],
    [{ temperature: 0 }, 'temperature is 0: choose a finite number above 0'],
    [{ temperature: Infinity }, 'temperature is Infinity: choose a finite number above 0'],
    [
      { dropBelow: 1 },
      'dropBelow is 1: choose a probability above 0 and below 1, or null to delete no token',
    ],
    [
      { threshold: 0.1, dropBelow: 0.2 },
      'dropBelow is 0.2: choose at most the threshold, so that no token is both redrawn and deleted',
    ],
  ])('refuses %o', (request, message) => {
    expect(() => resolveResampling(request)).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION', message }),
    );
  });

  test('refuses what JavaScript callers may pass', () => {
    const request = { inclusive: 'yes', excludeOriginal: 1 };
    expect(() => resolveResampling(request as never)).toThrow('inclusive is "yes"');
    expect(() => resolveResampling({ topK: '8' } as never)).toThrow('topK is "8"');
    expect(() => resolveResampling({ threshold: '0.5' } as never)).toThrow('threshold is "0.5"');
  });
});
