import { stat } from 'node:fs/promises';

/**
 * What `read` says of a file, remembered for as long as the file's place, size and times stay; the change time cannot be
 * set back. What fails is tried again. Only for what this process has itself read.
 */
export function whileUnchanged<Result>(
  read: (path: string) => Promise<Result>,
): (path: string) => Promise<Result> {
  const known = new Map<string, Promise<Result>>();
  return async (path) => {
    const state = await stateOf(path);
    // A file that cannot be looked at fails as `read` has it fail.
    if (state === undefined) return await read(path);
    const reading = known.get(state) ?? read(path);
    known.set(state, reading);
    reading.catch(() => known.delete(state));
    return await reading;
  };
}

async function stateOf(path: string): Promise<string | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  if (found === undefined) return undefined;
  const { dev, ino, size, mtimeNs, ctimeNs } = found;
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}
