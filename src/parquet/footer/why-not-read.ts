import { isUtf8 } from 'node:buffer';
import { checkMetadata } from '../../arrow/ipc/message-metadata.ts';
import { requireReadTypes } from '../../arrow/ipc/unread-types.ts';
import { NotRead, ToeditError } from '../../errors.ts';
import { lzo, lzoNotRead } from '../pages/page-codecs.ts';
import { type FileMetadata, inFooter, leavesOf, readFileMetadata } from './file-metadata.ts';
import { rowGroupOf } from './row-group.ts';
import { binaryIn, fieldOf, structsIn } from './thrift-struct.ts';

/**
 * Why a file that the Parquet library refuses is sound and yet not read: it is encrypted, its data lie elsewhere, its Arrow schema has
 * types that apache-arrow does not know, or its metadata are not UTF-8.
 *
 * @returns an `UNSUPPORTED` that says so; undefined where none of it is known.
 */
export async function whyNotRead(path: string): Promise<ToeditError | undefined> {
  try {
    const file = await readFileMetadata(path);
    inFooter({ file: path }, () => requireKnown(file));
  } catch (error) {
    if (error instanceof ToeditError && error.code === 'UNSUPPORTED') return error;
  }
  return undefined;
}

/** FileMetaData: 5 is key_value_metadata. KeyValue: 1 is key, 2 value. */
function requireKnown(file: FileMetadata): void {
  const leaves = leavesOf(file);
  for (const rowGroup of file.rowGroups.keys()) {
    const { chunks } = rowGroupOf(file, leaves, rowGroup);
    if (chunks.some(({ codec }) => codec === lzo)) throw lzoNotRead();
  }
  for (const node of structsIn(file.struct, 2)) requireUtf8Name(binaryIn(node, 4));
  if (fieldOf(file.struct, 5) === undefined) return;
  for (const pair of structsIn(file.struct, 5)) {
    const [key, value] = [binaryIn(pair, 1), binaryIn(pair, 2)].map((bytes) =>
      Buffer.from(bytes ?? []),
    );
    if (key === undefined || value === undefined) continue;
    const name = key.toString('utf8');
    if (!isUtf8(key) || !isUtf8(value)) throw notUtf8(name);
    if (name === 'ARROW:schema') requireArrowTypes(Buffer.from(value.toString('latin1'), 'base64'));
  }
}

/** SchemaElement: 4 is name. */
function requireUtf8Name(name: Uint8Array = new Uint8Array(0)): void {
  if (isUtf8(name)) return;
  const shown = JSON.stringify(Buffer.from(name).toString('utf8'));
  throw new NotRead(
    `the name of its column ${shown} is not UTF-8, which toedit cannot carry to another format; rename it, or leave the format as it is`,
  );
}

function notUtf8(key: string): NotRead {
  return new NotRead(
    `its metadata under the key ${JSON.stringify(key)} are not UTF-8, which toedit cannot carry to another format; write the file again without them, or leave the format as it is`,
  );
}

/** A message of Arrow IPC: marker, length, metadata. */
function requireArrowTypes(message: Buffer): void {
  const metadata = Uint8Array.from(message.subarray(8));
  checkMetadata(metadata, 'message');
  requireReadTypes(metadata, 'message');
}
