import { access, readdir, readFile } from 'node:fs/promises';
import { arch } from 'node:os';
import { dirname, join } from 'node:path';
import { env } from 'node:process';
import { messageOf } from '../errors.ts';
import { runtimeDirectory } from './machine-facts.ts';
import { readElf } from './read-elf.ts';

/** What ONNX Runtime's part for CUDA needs, by its own file. */
export interface CudaLibraries {
  /** That file. */
  readonly provider: string;
  /** Why it cannot be read; null where it was. */
  readonly problem: string | null;
  /** The major version of CUDA that it was built for; null where it was not read, or names none. */
  readonly cuda: number | null;
  readonly libraries: readonly CudaLibrary[];
}

/** A library that is needed. */
export interface CudaLibrary {
  readonly name: string;
  /** Where it lies; null where it is missing. */
  readonly path: string | null;
  /** What brings it, where it is missing and that is known. */
  readonly package: string | null;
}

/** Reads which libraries a provider needs, and looks each of them up where Linux's loader would. */
export async function cudaLibraries(
  provider = join(runtimeDirectory(), 'libonnxruntime_providers_cuda.so'),
): Promise<CudaLibraries> {
  try {
    const { needed, paths } = await readElf(provider);
    const cuda = cudaVersion(needed);
    const own = paths.map((path) =>
      path.replaceAll(/\$ORIGIN|\$\{ORIGIN\}/gu, () => dirname(provider)),
    );
    const directories = [...own, ...(await systemDirectories())];
    const libraries = await Promise.all(
      needed.map(async (name) => {
        const path = await findIn(directories, name);
        return { name, path, package: path === null ? packageOf(name, cuda) : null };
      }),
    );
    return { provider, problem: null, cuda, libraries };
  } catch (error) {
    return { provider, problem: messageOf(error), cuda: null, libraries: [] };
  }
}

/** The major version that the names of the libraries carry. */
function cudaVersion(needed: readonly string[]): number | null {
  for (const name of needed) {
    const version = /^lib(?:cudart|cublas|cublasLt|nvrtc)\.so\.(\d+)/u.exec(name)?.[1];
    if (version !== undefined) return Number(version);
  }
  return null;
}

/** Packages on PyPI by a library's name; from CUDA 13 on they are called without the version, but for cuDNN. */
function packageOf(name: string, cuda: number | null): string | null {
  if (name.startsWith('libcuda.so')) return "NVIDIA's driver";
  const stem = /^lib(\w+)\.so/u.exec(name)?.[1] ?? '';
  const found = packages.get(stem.startsWith('cudnn') ? 'cudnn' : stem);
  if (found === undefined || cuda === null) return null;
  return cuda < 13 || found === 'nvidia-cudnn' ? `${found}-cu${String(cuda)}` : found;
}

const packages: ReadonlyMap<string, string> = new Map([
  ['cudart', 'nvidia-cuda-runtime'],
  ['cublas', 'nvidia-cublas'],
  ['cublasLt', 'nvidia-cublas'],
  ['cufft', 'nvidia-cufft'],
  ['curand', 'nvidia-curand'],
  ['nvrtc', 'nvidia-cuda-nvrtc'],
  ['nvJitLink', 'nvidia-nvjitlink'],
  ['cusparse', 'nvidia-cusparse'],
  ['cusolver', 'nvidia-cusolver'],
  ['cudnn', 'nvidia-cudnn'],
]);

async function findIn(directories: readonly string[], name: string): Promise<string | null> {
  for (const directory of directories) {
    const path = join(directory, name);
    if (await isThere(path)) return path;
  }
  return null;
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Where the loader looks: LD_LIBRARY_PATH, what /etc/ld.so.conf lists, and its own directories. */
async function systemDirectories(): Promise<string[]> {
  const asked = (env['LD_LIBRARY_PATH'] ?? '').split(':').filter((path) => path !== '');
  const fragments = await readdir('/etc/ld.so.conf.d').catch(() => []);
  const files = ['/etc/ld.so.conf', ...fragments.map((name) => `/etc/ld.so.conf.d/${name}`)];
  const lists = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  const listed = lists
    .flatMap((list) => list.split('\n'))
    .map((line) => line.trim())
    .filter((line) => line.startsWith('/'));
  const triple = arch() === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  const usual = [
    `/lib/${triple}`,
    `/usr/lib/${triple}`,
    '/lib64',
    '/usr/lib64',
    '/lib',
    '/usr/lib',
  ];
  return [...new Set([...asked, ...listed, ...usual])];
}
