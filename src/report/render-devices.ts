import type { PlacedNodes } from '../inference/placed-nodes.ts';
import type { CudaLibraries } from '../tuning/cuda-libraries.ts';
import type { DeviceFinding } from '../tuning/device-findings.ts';
import type { HubFacts, StorageFacts, StoragePlace } from '../tuning/storage-facts.ts';
import { formatBytes, formatCounted } from './format-quantity.ts';

/** What is known of a device, for people: a line, and others below it. */
export function deviceLines(finding: DeviceFinding): readonly string[] {
  const { device, problem, nodes, cuda } = finding;
  const below = [
    ...(device === 'cpu' || nodes === null ? [] : placementLines(nodes)),
    ...(cuda === null ? [] : cudaLines(cuda)),
  ];
  const state = problem ?? usableLine(finding);
  return [`${device.padEnd(7)} ${state}`, ...below.map((line) => `        ${line}`)];
}

function usableLine({ adapter, isSoftware, largestDifference, float16 }: DeviceFinding): string {
  const name = adapter === null ? '' : ` on ${adapter}`;
  const software = isSoftware === true && adapter !== null ? ', which computes on the CPU' : '';
  const difference =
    largestDifference === null
      ? ''
      : `; log-probabilities differ from the CPU's by ${largestDifference.toPrecision(2)} at most`;
  return `runs the bundled prior${name}${software}${difference}${halfOf(float16)}`;
}

function halfOf(float16: boolean | null): string {
  if (float16 === null) return '';
  return float16 ? '; float16 works' : '; float16 does not work';
}

function placementLines({ onDevice, onCpu }: PlacedNodes): readonly string[] {
  const left = Object.entries(onCpu).sort(([, a], [, b]) => b - a);
  const count = left.reduce((sum, [, number]) => sum + number, 0);
  const named = left.map(([operation, number]) => `${operation} ${String(number)}`).join(', ');
  const placed = `${formatCounted(onDevice, 'node')} of its graphs run there`;
  return [count === 0 ? placed : `${placed}, ${String(count)} on the CPU: ${named}`];
}

function cudaLines({ cuda, libraries }: CudaLibraries): readonly string[] {
  const missing = libraries.filter(({ path }) => path === null);
  const version = cuda === null ? '' : ` of CUDA ${String(cuda)}`;
  const found = `${formatCounted(libraries.length, 'library').replace('librarys', 'libraries')}${version} are needed, ${String(missing.length)} missing`;
  const lines = missing.map(({ name, package: from }) =>
    from === null ? name : `${name}, which comes with ${from}`,
  );
  return [found, ...lines];
}

/** Where files are kept, for people. */
export function storageLines({ temporary, cache, hub }: StorageFacts): readonly string[] {
  return [
    `temporary files: ${placeLine(temporary)}`,
    `cache: ${placeLine(cache)}`,
    `Hugging Face cache: ${placeLine(hub)}${hubWords(hub)}`,
  ];
}

function placeLine({ path, isWritable, freeBytes }: StoragePlace): string {
  const free = freeBytes === null ? '' : `, ${formatBytes(freeBytes)} free`;
  return `${path}${free}${isWritable ? '' : ', not writable'}`;
}

function hubWords({ exists, isOffline, endpoint, hasToken }: HubFacts): string {
  return [
    exists ? '' : ', not there yet',
    isOffline ? ', offline: nothing is downloaded' : '',
    hasToken ? ', with a token' : '',
    endpoint === null ? '' : `, from ${endpoint}`,
  ].join('');
}
