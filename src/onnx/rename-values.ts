import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { OnnxNode } from './onnx-model.ts';
import { readFields } from './read-fields.ts';

/** The node with other names for some of the values that it reads and makes; all else stays as it is. */
export function renameValues(node: OnnxNode, names: ReadonlyMap<string, string>): OnnxNode {
  const renamed = (values: readonly string[]) => values.map((name) => names.get(name) ?? name);
  const [inputs, outputs] = [renamed(node.inputs), renamed(node.outputs)];
  const writer = new BinaryWriter();
  for (const name of inputs) writer.tag(1, WireType.LengthDelimited).string(name);
  for (const name of outputs) writer.tag(2, WireType.LengthDelimited).string(name);
  for (const { number, raw } of readFields(node.bytes)) if (number > 2) writer.raw(raw);
  return { ...node, inputs, outputs, bytes: writer.finish() };
}
