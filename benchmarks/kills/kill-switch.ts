import fs from 'node:fs';
import fsPromises, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type ChosenTarget, type FileOperation, killVariable } from './kill-target.ts';

/**
 * Preloaded into a process with `--import`, and so into its worker threads: kills the process at the moment that the
 * environment names. The program knows nothing of it: Node's own functions are replaced. Each thread counts for itself.
 */
const target = JSON.parse(process.env[killVariable] ?? 'null') as ChosenTarget | null;

type Values = readonly unknown[];
type Call = (this: unknown, ...values: Values) => unknown;

/** How an operation gives its path, and how half of it is done. */
interface Patch {
  readonly operation: FileOperation;
  readonly pathOf: (self: unknown, values: Values) => string | undefined;
  readonly half?: (self: unknown, values: Values) => void;
}

const { writeSync, writeFileSync } = fs;
const handlePaths = new WeakMap<object, string>();
const filePaths = new Map<unknown, string>();
const pathFirst: Patch['pathOf'] = (_self, [path]) => String(path);
const pathOfHandle: Patch['pathOf'] = (self) => handlePaths.get(self as FileHandle);
const pathOfFile: Patch['pathOf'] = (_self, [file]) => filePaths.get(file);

if (target !== null) await arm(target);

async function arm(chosen: ChosenTarget): Promise<void> {
  const handle = await fsPromises.open(fileURLToPath(import.meta.url));
  const handles = Object.getPrototypeOf(handle) as object;
  await handle.close();
  notePaths();
  const isTime = counter(chosen);
  const on = (owner: object, names: readonly string[], patch: Patch): void => {
    if (patch.operation !== chosen.operation) return;
    for (const name of names) {
      replace(owner, name, (original) => killing(original, patch, { ...chosen, isTime }));
    }
  };
  for (const operation of ['open', 'rename', 'link', 'mkdir', 'rm'] as const) {
    on(fsPromises, [operation], { operation, pathOf: pathFirst });
  }
  on(fs, ['open'], { operation: 'open', pathOf: pathFirst });
  on(fsPromises, ['writeFile'], { operation: 'write', pathOf: pathFirst, half: halfOfFile });
  on(handles, ['write'], { operation: 'write', pathOf: pathOfHandle, half: halfOfWrite });
  on(handles, ['writeFile'], { operation: 'write', pathOf: pathOfHandle, half: halfOfAll });
  on(fs, ['write', 'writev'], { operation: 'write', pathOf: pathOfFile, half: halfOfStream });
  on(handles, ['sync', 'datasync'], { operation: 'sync', pathOf: pathOfHandle });
  syncBuiltinESMExports();
}

function replace(owner: object, name: string, by: (original: Call) => Call): void {
  const functions = owner as Record<string, Call>;
  const original = functions[name];
  if (original === undefined) throw new TypeError(`Node has no ${name}`);
  functions[name] = by(original);
}

/** Open files are known by their handles and numbers only. */
function notePaths(): void {
  replace(fsPromises, 'open', (open) => async (path, ...values) => {
    const handle = (await open(path, ...values)) as FileHandle;
    handlePaths.set(handle, String(path));
    return handle;
  });
  replace(fs, 'open', (open) => (path, ...values) => {
    const answer = values.at(-1) as Call;
    return open(path, ...values.slice(0, -1), (error: unknown, file: unknown) => {
      filePaths.set(file, String(path));
      answer(error, file);
    });
  });
}

function counter({ path, nth }: ChosenTarget): (path: string | undefined) => boolean {
  const pattern = new RegExp(path);
  let seen = 0;
  return (found) => found !== undefined && pattern.test(found) && ++seen === nth;
}

type Killing = Pick<ChosenTarget, 'moment'> & {
  readonly isTime: (path: string | undefined) => boolean;
};

function killing(original: Call, { pathOf, half }: Patch, { moment, isTime }: Killing): Call {
  return function operation(...values) {
    if (!isTime(pathOf(this, values))) return original.apply(this, [...values]);
    if (moment === 'half') half?.(this, values);
    if (moment !== 'after') die();
    const answer = values.at(-1);
    if (typeof answer === 'function') return original.apply(this, [...values.slice(0, -1), die]);
    return (original.apply(this, [...values]) as Promise<unknown>).then(die);
  };
}

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

function bytesOf(data: unknown): Uint8Array {
  return typeof data === 'string' ? Buffer.from(data) : (data as Uint8Array);
}

function halfOf(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.length >> 1);
}

function halfOfFile(_self: unknown, [path, data, options]: Values): void {
  writeFileSync(path as string, halfOf(bytesOf(data)), options as { flag: string });
}

function halfOfWrite(self: unknown, [data, offset = 0, length, position]: Values): void {
  const bytes = bytesOf(data).subarray(Number(offset));
  const half = halfOf(bytes.subarray(0, (length as number | undefined) ?? bytes.length));
  writeSync(
    (self as FileHandle).fd,
    half,
    0,
    half.length,
    (position as number | undefined) ?? null,
  );
}

function halfOfAll(self: unknown, [data]: Values): void {
  writeSync((self as FileHandle).fd, halfOf(bytesOf(data)));
}

function halfOfStream(_self: unknown, [file, data]: Values): void {
  const all = Array.isArray(data) ? Buffer.concat(data as Uint8Array[]) : bytesOf(data);
  writeSync(file as number, halfOf(all));
}
