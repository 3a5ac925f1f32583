import { type Data, makeData } from 'apache-arrow';

/** A child of nested data; empty where apache-arrow left it out, as it does in batches that it makes empty. */
export function childData(data: Data, index: number): Data {
  const child = data.children[index];
  if (child !== undefined) return child;
  const type = data.type.children[index]?.type;
  if (type === undefined || data.length > 0) {
    throw new RangeError(`${String(data.type)} lacks child ${index}`);
  }
  return makeData({ type, length: 0 });
}
