import { crc32, deflateRawSync } from 'node:zlib';

/** A member to put into an archive. */
export interface ArchiveMember {
  readonly name: string;
  /** A name that is not UTF-8. @defaultValue that of `name` */
  readonly nameBytes?: Uint8Array | undefined;
  readonly bytes: Uint8Array;
  /** 8: deflate, 0: store; for other methods the bytes are stored. @defaultValue 8 */
  readonly method?: number | undefined;
  /** Sizes and checksum follow the data, as where an archive is written to a stream. */
  readonly isStreamed?: boolean | undefined;
  readonly isEncrypted?: boolean | undefined;
  /** Changes the compressed bytes, after they were counted and checksummed. */
  readonly damage?: ((packed: Uint8Array) => void) | undefined;
}

/** A ZIP archive (APPNOTE 4.3); `isLarge` with ZIP64 records throughout. */
export function zipArchive(members: readonly ArchiveMember[], isLarge = false): Buffer {
  const local: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const member of members) {
    const packed = packedOf(member);
    directory.push(directoryEntry(member, { packed, offset, isLarge }));
    const all = localEntry(member, packed);
    local.push(all);
    offset += all.length;
  }
  const bytes = Buffer.concat(directory).length;
  return Buffer.concat([...local, ...directory, end(members.length, bytes, { offset, isLarge })]);
}

function packedOf({ bytes, method = 8, damage }: ArchiveMember): Buffer {
  const packed = method === 8 ? deflateRawSync(bytes) : Buffer.from(bytes);
  damage?.(packed);
  return packed;
}

/** Little-endian integers, each a value and its size. */
function record(...fields: readonly (readonly [value: number, size: number])[]): Buffer {
  return Buffer.concat(
    fields.map(([value, size]) => {
      const field = Buffer.alloc(8);
      field.writeBigUInt64LE(BigInt(value));
      return field.subarray(0, size);
    }),
  );
}

function flagsOf({ isStreamed = false, isEncrypted = false }: ArchiveMember): number {
  return (isEncrypted ? 1 : 0) + (isStreamed ? 8 : 0);
}

function localEntry(member: ArchiveMember, packed: Buffer): Buffer {
  const { bytes, method = 8, isStreamed = false } = member;
  const name = member.nameBytes ?? Buffer.from(member.name);
  const known = [
    [crc32(bytes), 4],
    [packed.length, 4],
    [bytes.length, 4],
  ] as const;
  const unknown = [
    [0, 4],
    [0, 4],
    [0, 4],
  ] as const;
  const extra = Buffer.from('\x99\x99\x02\x00ab', 'latin1');
  const header = record(
    ...([
      [0x04034b50, 4],
      [20, 2],
      [flagsOf(member), 2],
      [method, 2],
      [0, 4],
    ] as const),
    ...(isStreamed ? unknown : known),
    ...([
      [name.length, 2],
      [extra.length, 2],
    ] as const),
  );
  const descriptor = isStreamed ? record([0x08074b50, 4], ...known) : Buffer.alloc(0);
  return Buffer.concat([header, name, extra, packed, descriptor]);
}

interface Placed {
  readonly packed: Buffer;
  readonly offset: number;
  readonly isLarge: boolean;
}

function directoryEntry(member: ArchiveMember, { packed, offset, isLarge }: Placed): Buffer {
  const { bytes, method = 8 } = member;
  const name = member.nameBytes ?? Buffer.from(member.name);
  const sizes = [bytes.length, packed.length, offset];
  const large = record([1, 2], [24, 2], ...sizes.map((size) => [size, 8] as const));
  const extra = isLarge ? large : Buffer.alloc(0);
  const [size = 0, packedSize = 0, start = 0] = isLarge ? sizes.map(() => 0xffffffff) : sizes;
  const header = record(
    ...([
      [0x02014b50, 4],
      [20, 2],
      [20, 2],
      [flagsOf(member), 2],
      [method, 2],
      [0, 4],
    ] as const),
    ...([
      [crc32(bytes), 4],
      [packedSize, 4],
      [size, 4],
      [name.length, 2],
    ] as const),
    ...([
      [extra.length, 2],
      [0, 2],
      [0, 2],
      [0, 2],
      [0, 4],
      [start, 4],
    ] as const),
  );
  return Buffer.concat([header, name, extra]);
}

function end(count: number, bytes: number, { offset, isLarge }: Omit<Placed, 'packed'>): Buffer {
  if (!isLarge) {
    return record([0x06054b50, 4], [0, 4], [count, 2], [count, 2], [bytes, 4], [offset, 4], [0, 2]);
  }
  return Buffer.concat([
    record([0x06064b50, 4], [44, 8], [45, 2], [45, 2], [0, 8]),
    record([count, 8], [count, 8], [bytes, 8], [offset, 8]),
    record([0x07064b50, 4], [0, 4], [offset + bytes, 8], [1, 4]),
    record(
      [0x06054b50, 4],
      [0, 4],
      [0xffff, 2],
      [0xffff, 2],
      [0xffffffff, 4],
      [0xffffffff, 4],
      [0, 2],
    ),
  ]);
}
