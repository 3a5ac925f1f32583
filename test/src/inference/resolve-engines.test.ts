import { availableParallelism } from 'node:os';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resolveEngines } from '#toedit/src/inference/engine-options';
import { deviceName } from '#toedit/src/inference/start-engine';
import { sessionOptions } from '#toedit/src/inference/worker/session-options';

describe('engines', () => {
  test('one on the CPU is the default, and ONNX Runtime chooses its threads', () => {
    expect(resolveEngines({})).toEqual([{ device: 'cpu', threads: 0 }]);
    expect(resolveEngines({ device: 'webgpu', threads: 3 })).toEqual([
      { device: 'webgpu', threads: 3 },
    ]);
  });

  test.each([
    [['cuda:0', 'cuda:1'], 'cuda:0 cuda:1'],
    [['cuda', 'cuda:12*2'], 'cuda cuda:12 cuda:12'],
    [['cpu*2', 'cpu'], 'cpu cpu cpu'],
    [['webgpu'], 'webgpu'],
  ])('%j', (devices, names) => {
    expect(resolveEngines({ devices }).map(deviceName).join(' ')).toBe(names);
  });

  test('threads are dealt, one each at least', () => {
    const property = fc.property(fc.nat(64), fc.integer({ min: 1, max: 20 }), (threads, count) => {
      const places = resolveEngines({ devices: [`cpu*${String(count)}`], threads });
      expect(places).toHaveLength(count);
      const total = threads === 0 ? availableParallelism() : threads;
      for (const place of places) {
        if (count === 1) expect(place.threads).toBe(threads);
        else expect(place.threads).toBe(Math.max(1, Math.floor(total / count)));
      }
    });
    fc.assert(property);
  });

  test.each([
    [{ devices: [] }, /^devices is : give 1 to 256/],
    [{ devices: ['tpu'] }, /^devices is tpu: name cpu, cpu\*4/],
    [{ devices: [''] }, /^devices is : name cpu/],
    [{ devices: ['cpu:0'] }, /^devices is cpu:0: name cpu/],
    [{ devices: ['cuda:'] }, /^devices is cuda:: name/],
    [{ devices: ['cuda:-1'] }, /name cpu/],
    [{ devices: ['cpu*0'] }, /name cpu/],
    [{ devices: ['cpu*999'] }, /name cpu/],
    [{ devices: ['cpu*256', 'cpu'] }, /give 1 to 256/],
    [{ devices: ['cuda:0', 'cpu'] }, /^devices is cuda:0,cpu: they must be of one kind/],
    [{ devices: ['webgpu*2'] }, /^devices is webgpu\*2: two engines on WebGPU .*32561.*once/],
    [{ devices: ['webgpu', 'webgpu'] }, /^devices is webgpu,webgpu: two engines on WebGPU/],
    [{ device: 'cpu' as const, devices: ['cuda:0'] }, /^devices is cuda:0: the device is cpu/],
  ])('refuses %j', (request, message) => {
    expect(() => resolveEngines(request)).toThrow(
      expect.objectContaining({
        code: 'BAD_OPTION',
        message: expect.stringMatching(message) as string,
      }),
    );
  });
});

describe('the device reaches ONNX Runtime', () => {
  const providers = (device: string) => {
    const [place] = resolveEngines({ devices: [device] });
    return sessionOptions(place, 'body').executionProviders;
  };

  test.each([
    ['cpu', ['cpu']],
    ['cuda', ['cuda', 'cpu']],
    ['cuda:1', [{ name: 'cuda', deviceId: 1 }, 'cpu']],
    ['cuda:0*3', [{ name: 'cuda', deviceId: 0 }, 'cpu']],
    ['webgpu', ['webgpu', 'cpu']],
  ])('%s', (device, expected) => {
    expect(providers(device)).toEqual(expected);
  });
});
