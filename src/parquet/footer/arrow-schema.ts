import { RecordBatchReader, type Schema } from 'apache-arrow';
import { checkMetadata } from '../../arrow/ipc/message-metadata.ts';
import { type FileMetadata, inFooter } from './file-metadata.ts';
import { binaryIn, fieldOf, structsIn } from './thrift-struct.ts';

/**
 * What the file says in `ARROW:schema` of how Arrow is to see its columns.
 *
 * @returns undefined where it says nothing, or what apache-arrow does not read.
 * @throws ToeditError `FILE_CORRUPT`
 */
export function arrowSchemaOf({ path, struct }: FileMetadata): Schema | undefined {
  // FileMetaData: 5 is key_value_metadata. KeyValue: 1 is key, 2 value.
  const pairs = inFooter({ file: path }, () =>
    fieldOf(struct, 5) === undefined ? [] : structsIn(struct, 5),
  );
  const base64 = inFooter({ file: path }, () => {
    const pair = pairs.find((each) => text(binaryIn(each, 1)) === 'ARROW:schema');
    return pair && text(binaryIn(pair, 2));
  });
  return base64 === undefined ? undefined : arrowSchemaIn(base64);
}

/** The schema of a message of Arrow IPC in base64; undefined where apache-arrow does not read it. */
export function arrowSchemaIn(base64: string): Schema | undefined {
  try {
    const message = Buffer.from(base64, 'base64');
    // apache-arrow reads it unchecked: damage can make it read for minutes. Before the metadata stand a marker, of late, and its length.
    const begin = message.readInt32LE() === -1 ? 8 : 4;
    checkMetadata(Uint8Array.from(message.subarray(begin)), 'message');
    return RecordBatchReader.from(message).open().schema;
  } catch {
    return undefined;
  }
}

function text(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Buffer.from(bytes).toString('utf8');
}
