import { crc32, deflateRawSync } from 'node:zlib';

/** A member of an archive. */
export interface ZipMember {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What the archive says of its size. @defaultValue the true one */
  readonly size?: number;
}

/** A ZIP archive whose members are deflated. */
export function zipOf(members: readonly ZipMember[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  for (const { name, bytes, size = bytes.length } of members) {
    const data = deflateRawSync(bytes);
    const start = Buffer.concat(parts).length;
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(crc32(bytes), 10);
    fields.writeUInt32LE(data.length, 14);
    fields.writeUInt32LE(size, 18);
    fields.writeUInt16LE(name.length, 22);
    const end = Buffer.alloc(14);
    end.writeUInt32LE(start, 10);
    parts.push(Buffer.from('PK\u0003\u0004'), fields, Buffer.from(name), data);
    directory.push(Buffer.from('PK\u0001\u0002\u0014\0'), fields, end, Buffer.from(name));
  }
  const entries = Buffer.concat(directory);
  const tail = Buffer.alloc(22);
  tail.write('PK\u0005\u0006', 0, 'latin1');
  tail.writeUInt16LE(members.length, 8);
  tail.writeUInt16LE(members.length, 10);
  tail.writeUInt32LE(entries.length, 12);
  tail.writeUInt32LE(Buffer.concat(parts).length, 16);
  return Buffer.concat([...parts, entries, tail]);
}
