import { DataType, type Message, type Schema } from 'apache-arrow';

/**
 * Checks that the columns of a record batch message have all the batch's rows: apache-arrow fills shorter ones up with
 * nulls.
 *
 * @throws Error naming the column.
 */
export function checkLengths(message: Message, schema: Schema): void {
  if (!message.isRecordBatch()) return;
  const { length, nodes } = message.header();
  let index = 0;
  for (const { name, type } of schema.fields) {
    const rows = nodes[index]?.length;
    if (rows !== length) {
      throw new Error(`column ${JSON.stringify(name)} has ${rows ?? 'no'} rows of ${length}`);
    }
    index += nodesOf(type);
  }
}

/** The nodes of a type: its own, and those of its children; a dictionary's values are in a message of their own. */
function nodesOf(type: DataType): number {
  if (DataType.isDictionary(type)) return 1;
  const children = (type.children as { type: DataType }[] | null) ?? [];
  return children.reduce((sum, child) => sum + nodesOf(child.type), 1);
}
