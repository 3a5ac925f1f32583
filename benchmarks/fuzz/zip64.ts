/** The same archive with the records of ZIP64 at its end (APPNOTE 4.3.14 and 4.3.15), which all of its members count on. */
export function asZip64(archive: Buffer): Buffer {
  const at = archive.length - 22;
  const count = BigInt(archive.readUInt16LE(at + 10));
  const record = Buffer.alloc(56);
  record.write('PK\x06\x06', 'latin1');
  record.writeBigUInt64LE(44n, 4);
  record.writeUInt16LE(45, 12);
  record.writeUInt16LE(45, 14);
  record.writeBigUInt64LE(count, 24);
  record.writeBigUInt64LE(count, 32);
  record.writeBigUInt64LE(BigInt(archive.readUInt32LE(at + 12)), 40);
  record.writeBigUInt64LE(BigInt(archive.readUInt32LE(at + 16)), 48);
  const locator = Buffer.alloc(20);
  locator.write('PK\x06\x07', 'latin1');
  locator.writeBigUInt64LE(BigInt(at), 8);
  locator.writeUInt32LE(1, 16);
  const end = Buffer.from(archive.subarray(at)).fill(0xff, 8, 20);
  return Buffer.concat([archive.subarray(0, at), record, locator, end]);
}
