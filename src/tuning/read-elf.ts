import { type FileHandle, open } from 'node:fs/promises';

/** What a shared library of Linux asks of its loader. */
export interface ElfNeeds {
  /** File names of the libraries that it needs (DT_NEEDED), in its order. */
  readonly needed: readonly string[];
  /** Directories that are searched for them first (DT_RUNPATH, DT_RPATH), as they stand. */
  readonly paths: readonly string[];
}

/**
 * Reads the dynamic section of a 64-bit little-endian ELF file (System V ABI; the numbers are its).
 *
 * @throws Error where the file cannot be read, is something else or damaged.
 */
export async function readElf(path: string): Promise<ElfNeeds> {
  const file = await open(path);
  try {
    const header = await read(file, 0, 64);
    if (header.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') throw new Error('no 64-bit ELF');
    const at = Number(header.readBigUInt64LE(32));
    const [size, count] = [header.readUInt16LE(54), header.readUInt16LE(56)];
    if (size < 56) throw new Error('damaged: entries of the program header are too short');
    const table = await read(file, at, size * count);
    const segments = Array.from({ length: count }, (_, i) => segmentOf(table.subarray(i * size)));
    return await readNeeds(file, segments);
  } finally {
    await file.close();
  }
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly bytes: number;
}

function segmentOf(entry: Buffer): Segment {
  const number = (at: number): number => Number(entry.readBigUInt64LE(at));
  return { type: entry.readUInt32LE(0), offset: number(8), address: number(16), bytes: number(32) };
}

/** Of a program header and of a dynamic section. */
const types = { load: 1, dynamic: 2 };
const tags = { end: 0, needed: 1, strings: 5, stringBytes: 10, rpath: 15, runpath: 29 };

async function readNeeds(file: FileHandle, segments: readonly Segment[]): Promise<ElfNeeds> {
  const dynamic = segments.find(({ type }) => type === types.dynamic);
  if (dynamic === undefined) return { needed: [], paths: [] };
  const entries = entriesOf(await read(file, dynamic.offset, dynamic.bytes));
  const valuesOf = (tag: number): number[] =>
    entries.filter((entry) => entry.tag === tag).map(({ value }) => value);
  const [address = 0] = valuesOf(tags.strings);
  const [bytes = 0] = valuesOf(tags.stringBytes);
  const strings = await read(file, offsetOf(address, segments), bytes);
  const textAt = (at: number): string => {
    const end = strings.indexOf(0, at);
    return strings.toString('utf8', at, end === -1 ? undefined : end);
  };
  return {
    needed: valuesOf(tags.needed).map(textAt),
    paths: [...valuesOf(tags.runpath), ...valuesOf(tags.rpath)]
      .flatMap((at) => textAt(at).split(':'))
      .filter((path) => path !== ''),
  };
}

function entriesOf(section: Buffer): { readonly tag: number; readonly value: number }[] {
  const entries: { readonly tag: number; readonly value: number }[] = [];
  for (let at = 0; at + 16 <= section.length; at += 16) {
    const tag = Number(section.readBigUInt64LE(at));
    if (tag === tags.end) break;
    entries.push({ tag, value: Number(section.readBigUInt64LE(at + 8)) });
  }
  return entries;
}

/** Where in the file lies what is loaded to an address. */
function offsetOf(address: number, segments: readonly Segment[]): number {
  const segment = segments.find(
    (each) =>
      each.type === types.load && address >= each.address && address < each.address + each.bytes,
  );
  if (segment === undefined) throw new Error('damaged: its strings lie in no segment');
  return segment.offset + address - segment.address;
}

/** No section that is read here is larger; a damaged file may say so. */
const mostBytes = 2 ** 26;

async function read(file: FileHandle, from: number, length: number): Promise<Buffer> {
  if (length > mostBytes || from > Number.MAX_SAFE_INTEGER) throw new Error('damaged: too large');
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, from);
  if (bytesRead < length) throw new Error('damaged: it ends too early');
  return buffer;
}
