/** What damages a file: each is how files are damaged or forged in practice. */
export const mutationKinds = [
  'bit flips',
  'truncation',
  'swapped chunks',
  'inflated length',
  'duplicated chunk',
  'zeroed range',
] as const;

/** One of {@link mutationKinds}. */
export type MutationKind = (typeof mutationKinds)[number];

/** A damaged copy of a file, and how it was damaged. */
export interface Mutant {
  readonly kind: MutationKind;
  /** Never as those that were given. */
  readonly bytes: Uint8Array;
}

/** Numbers in [0, 1). */
type Random = () => number;

type Mutator = (bytes: Buffer, random: Random) => Uint8Array;

/** Bytes at the ends of a file where most formats keep what describes the rest. */
const headBytes = 256;
const tailBytes = 1024;

const mutators: Readonly<Record<MutationKind, Mutator>> = {
  'bit flips': flipBits,
  truncation: truncate,
  'swapped chunks': swapChunks,
  'inflated length': inflateLength,
  'duplicated chunk': duplicateChunk,
  'zeroed range': zeroRange,
};

/**
 * Damages a file: the same random numbers give the same mutant. Half of all places are anywhere, the others near an end.
 * A mutant is one byte long at least, and at most half as long again as the file.
 *
 * @param bytes - two or more, which stay as they are.
 * @param random - numbers in [0, 1).
 */
export function mutate(bytes: Uint8Array, random: Random): Mutant {
  const kind = mutationKinds[below(mutationKinds.length, random)] ?? 'bit flips';
  const mutant = mutators[kind](Buffer.from(bytes), random);
  if (Buffer.compare(mutant, bytes) !== 0) return { kind, bytes: mutant };
  // Zeros zeroed, equal chunks swapped: a flip always shows.
  return { kind: 'bit flips', bytes: flipBit(Buffer.from(bytes), random) };
}

function below(end: number, random: Random): number {
  return Math.floor(random() * end);
}

function place(size: number, random: Random): number {
  const where = random();
  if (where < 0.5) return below(size, random);
  if (where < 0.75) return below(Math.min(size, headBytes), random);
  return size - 1 - below(Math.min(size, tailBytes), random);
}

/** Mostly short, never more than half of the file. */
function chunkLength(size: number, random: Random): number {
  return 1 + below(Math.max(1, Math.floor((size / 2) * random() ** 3)), random);
}

function flipBits(bytes: Buffer, random: Random): Uint8Array {
  const flips = 1 + below(4, random);
  for (let i = 0; i < flips; i++) flipBit(bytes, random);
  return bytes;
}

function flipBit(bytes: Buffer, random: Random): Buffer {
  const at = place(bytes.length, random);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8, random));
  return bytes;
}

function truncate(bytes: Buffer, random: Random): Uint8Array {
  return bytes.subarray(0, Math.min(bytes.length - 1, 1 + place(bytes.length, random)));
}

function swapChunks(bytes: Buffer, random: Random): Uint8Array {
  const length = chunkLength(bytes.length, random);
  const [one, other] = [place(bytes.length, random), place(bytes.length, random)];
  const [first, second] = [Math.min(one, other), Math.max(one, other)];
  const middle = Math.min(second, first + length);
  const end = Math.min(bytes.length, second + length);
  const pieces = [
    bytes.subarray(0, first),
    bytes.subarray(second, end),
    bytes.subarray(middle, second),
    bytes.subarray(first, middle),
    bytes.subarray(end),
  ];
  return Buffer.concat(pieces);
}

/** Integers as lengths are stored: fixed ones of four and eight bytes, and the varint that Thrift and zstd tables have. */
const largeLengths: readonly Uint8Array[] = [
  Buffer.from('ffffffff', 'hex'),
  Buffer.from('ffffff7f', 'hex'),
  Buffer.from('00000080', 'hex'),
  Buffer.from('00000040', 'hex'),
  Buffer.from('000000ff', 'hex'),
  Buffer.from('ffffffffffffff7f', 'hex'),
  Buffer.from('0000000000000080', 'hex'),
  Buffer.from('0000000010000000', 'hex'),
  Buffer.from('feffffff0f', 'hex'),
  Buffer.from('8080808008', 'hex'),
];

function inflateLength(bytes: Buffer, random: Random): Uint8Array {
  const at = place(bytes.length, random);
  if (random() < 0.5) {
    const length = largeLengths[below(largeLengths.length, random)] ?? new Uint8Array(0);
    bytes.set(length.subarray(0, bytes.length - at), at);
  } else bytes[at] = 0x7f + below(2, random) * 0x80;
  return bytes;
}

function duplicateChunk(bytes: Buffer, random: Random): Uint8Array {
  const from = place(bytes.length, random);
  const chunk = bytes.subarray(from, from + chunkLength(bytes.length, random));
  const to = random() < 0.5 ? from : place(bytes.length, random);
  return Buffer.concat([bytes.subarray(0, to), chunk, bytes.subarray(to)]);
}

function zeroRange(bytes: Buffer, random: Random): Uint8Array {
  const at = place(bytes.length, random);
  return bytes.fill(0, at, Math.min(bytes.length, at + chunkLength(bytes.length, random)));
}
