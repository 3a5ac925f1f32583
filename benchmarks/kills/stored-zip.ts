import { crc32, deflateRawSync } from 'node:zlib';

/** A member to put into an archive. */
export interface StoredMember {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** @defaultValue false */
  readonly isDeflated?: boolean | undefined;
}

/** A ZIP archive of members that are stored as they are, or deflated (APPNOTE 4.3). */
export function storedZip(members: readonly StoredMember[]): Buffer {
  const local: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const member of members) {
    const packed = member.isDeflated === true ? deflateRawSync(member.bytes) : member.bytes;
    const facts = factsOf(member, packed.length);
    const name = Buffer.from(member.name);
    const entry = Buffer.concat([Buffer.from('PK\x03\x04'), facts, name, packed]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x00'), facts, place, name);
    local.push(entry);
    offset += entry.length;
  }
  return Buffer.concat([...local, ...directory, endOf(members.length, directory, offset)]);
}

/** What the entry of a member and that of the directory have in common. */
function factsOf({ name, bytes, isDeflated }: StoredMember, packedBytes: number): Buffer {
  const facts = Buffer.alloc(26);
  facts.writeUInt16LE(20, 0);
  facts.writeUInt16LE(isDeflated === true ? 8 : 0, 4);
  facts.writeUInt32LE(crc32(bytes), 10);
  facts.writeUInt32LE(packedBytes, 14);
  facts.writeUInt32LE(bytes.length, 18);
  facts.writeUInt16LE(Buffer.byteLength(name), 22);
  return facts;
}

function endOf(count: number, directory: readonly Buffer[], offset: number): Buffer {
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(
    directory.reduce((sum, { length }) => sum + length, 0),
    12,
  );
  end.writeUInt32LE(offset, 16);
  return end;
}
