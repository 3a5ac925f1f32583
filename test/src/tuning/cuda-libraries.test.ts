import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { cudaLibraries } from '#toedit/src/tuning/cuda-libraries';
import { runtimeDirectory } from '#toedit/src/tuning/machine-facts';
import { readElf } from '#toedit/src/tuning/read-elf';

const directory = realpathSync(mkdtempSync(join(tmpdir(), 'toedit-elf-')));
afterAll(() => rmSync(directory, { recursive: true }));

/** A shared library that has a dynamic section, and nothing else. */
function elfFile(needed: readonly string[], runpath: string): Buffer {
  const [headerBytes, entryBytes] = [64, 56];
  const strings = Buffer.from(`\0${[...needed, runpath].join('\0')}\0`);
  const starts = [...needed, runpath].map((_, i, all) =>
    Buffer.byteLength(`\0${all.slice(0, i).join('\0')}${i === 0 ? '' : '\0'}`),
  );
  const [stringsAt, address] = [headerBytes + 2 * entryBytes, 0x40_0000];
  const tags: [number, number][] = [
    ...needed.map((_, i): [number, number] => [1, starts[i] ?? 0]),
    ...(runpath === '' ? [] : [[29, starts.at(-1) ?? 0] satisfies [number, number]]),
    [5, address + stringsAt],
    [10, strings.length],
    [0, 0],
  ];
  const dynamic = Buffer.alloc(16 * tags.length);
  tags.forEach(([tag, value], i) => {
    dynamic.writeBigUInt64LE(BigInt(tag), 16 * i);
    dynamic.writeBigUInt64LE(BigInt(value), 16 * i + 8);
  });
  const dynamicAt = stringsAt + strings.length;
  const segment = (type: number, offset: number, bytes: number): Buffer => {
    const entry = Buffer.alloc(entryBytes);
    entry.writeUInt32LE(type);
    for (const [at, value] of [
      [8, offset],
      [16, address + offset],
      [32, bytes],
    ] as const) {
      entry.writeBigUInt64LE(BigInt(value), at);
    }
    return entry;
  };
  const header = Buffer.alloc(headerBytes);
  header.write('\x7fELF\x02\x01', 'latin1');
  header.writeBigUInt64LE(BigInt(headerBytes), 32);
  header.writeUInt16LE(entryBytes, 54);
  header.writeUInt16LE(2, 56);
  const whole = dynamicAt + dynamic.length;
  const parts = [header, segment(1, 0, whole), segment(2, dynamicAt, dynamic.length)];
  return Buffer.concat([...parts, strings, dynamic]);
}

const names = fc.array(fc.stringMatching(/^lib[a-z]{1,8}\.so\.\d$/), { maxLength: 6 });

test('the libraries that a file names are read in their order', async () => {
  const path = join(directory, 'any.so');
  const runpaths = fc.array(fc.stringMatching(/^\/[a-z]{1,6}$/), { maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(names, runpaths, async (needed, paths) => {
      writeFileSync(path, elfFile(needed, paths.join(':')));
      expect(await readElf(path)).toEqual({ needed, paths });
    }),
  );
});

test('a damaged file is read or refused, whatever its bytes', async () => {
  const path = join(directory, 'damaged.so');
  const sound = elfFile(['liba.so.1', 'libb.so.2'], '/lib');
  const damage = fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { minLength: 1 });
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(damage, fc.nat(sound.length), async (changes, length) => {
      const bytes = Buffer.from(sound);
      for (const [at, value] of changes) bytes[at] = value;
      writeFileSync(path, bytes.subarray(0, length));
      const found = await readElf(path).catch((error: unknown) => error);
      if (found instanceof Error) refused++;
      else expect(found).toMatchObject({ needed: expect.any(Array) as unknown });
    }),
  );
  expect(refused).toBeGreaterThan(0);
});

test.runIf(process.platform === 'linux')('a library that the linker made is read', async () => {
  const { needed } = await readElf(join(runtimeDirectory(), 'onnxruntime_binding.node'));
  expect(needed).toEqual(expect.arrayContaining(['libonnxruntime.so.1', 'libc.so.6']));
});

test.each([
  [12, ['nvidia-cublas-cu12', 'nvidia-cudnn-cu12']],
  [13, ['nvidia-cublas', 'nvidia-cudnn-cu13']],
])('what is missing of CUDA %d is named with what brings it', async (version, packages) => {
  const v = String(version);
  const provider = join(directory, `cuda-${v}.so`);
  const needed = [`libcublas.so.${v}`, 'libcudnn.so.9', 'libabsent.so.3', `libhere.so.${v}`];
  writeFileSync(provider, elfFile(needed, '$ORIGIN:/nowhere'));
  writeFileSync(join(directory, `libhere.so.${v}`), '');
  const path = join(directory, `libhere.so.${v}`);
  expect(await cudaLibraries(provider)).toEqual({
    ...{ provider, problem: null, cuda: version },
    libraries: [
      { name: needed[0], path: null, package: packages[0] },
      { name: 'libcudnn.so.9', path: null, package: packages[1] },
      { name: 'libabsent.so.3', path: null, package: null },
      { name: needed[3], path, package: null },
    ],
  });
});

test('a part for CUDA that is not there is a finding', async () => {
  const provider = join(directory, 'absent.so');
  const found = await cudaLibraries(provider);
  expect(found).toMatchObject({ provider, cuda: null, libraries: [] });
  expect(found.problem).toMatch(/ENOENT/);
});
