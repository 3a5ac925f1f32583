import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { readFields, type WireField } from './onnx-fields.ts';
import type { OnnxInitializer, OnnxModel, OnnxNode, OnnxValue } from './onnx-model.ts';

const decoder = new TextDecoder();
const text = (field: WireField): string => decoder.decode(field.payload);

/**
 * Reads an ONNX file at the wire level, no deeper than the graph's nodes (onnx.proto3; the field numbers are its).
 *
 * @throws Error where the bytes are no protobuf message or hold no graph.
 */
export function readOnnxModel(file: Uint8Array): OnnxModel {
  const otherFields: Uint8Array[] = [];
  const opsets = new Map<string, number>();
  let graph: Uint8Array | null = null;
  for (const field of readFields(file)) {
    if (field.number === 7) graph = field.payload;
    else if (field.number === 8) addOpset(opsets, field.payload);
    else otherFields.push(field.raw);
  }
  if (graph === null) throw new Error('the file holds no ONNX graph');
  return { otherFields, opsets, ...readGraph(graph) };
}

function addOpset(opsets: Map<string, number>, message: Uint8Array): void {
  let domain = '';
  let version = 0;
  for (const field of readFields(message)) {
    if (field.number === 1) domain = text(field);
    if (field.number === 2) version = field.value;
  }
  opsets.set(domain === 'ai.onnx' ? '' : domain, version);
}

function readGraph(graph: Uint8Array): Omit<OnnxModel, 'otherFields' | 'opsets'> {
  const nodes: OnnxNode[] = [];
  const initializers: OnnxInitializer[] = [];
  const inputs: OnnxValue[] = [];
  const outputs: OnnxValue[] = [];
  const values: OnnxValue[] = [];
  for (const { number, payload } of readFields(graph)) {
    if (number === 1) nodes.push(readNode(payload));
    else if (number === 5) initializers.push(readInitializer(payload));
    else if (number === 11) inputs.push(readValue(payload));
    else if (number === 12) outputs.push(readValue(payload));
    else if (number === 13) values.push(readValue(payload));
  }
  return { nodes, initializers, inputs, outputs, values };
}

/** Reads a NodeProto, as {@link readOnnxModel} does. */
export function readNode(bytes: Uint8Array): OnnxNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const captured: string[] = [];
  let name = '';
  let opType = '';
  let domain = '';
  let castTo = 0;
  for (const field of readFields(bytes)) {
    if (field.number === 1) inputs.push(text(field));
    else if (field.number === 2) outputs.push(text(field));
    else if (field.number === 3) name = text(field);
    else if (field.number === 4) opType = text(field);
    else if (field.number === 7) domain = text(field);
    else if (field.number === 5) {
      captured.push(...namesInAttribute(field.payload));
      castTo ||= castTarget(field.payload);
    }
  }
  return {
    ...{ name, opType, domain, inputs, outputs, captured, bytes },
    castTo: opType === 'Cast' ? castTo : 0,
  };
}

/** The values that the subgraphs of an attribute use (AttributeProto `g` = 6 and `graphs` = 11). */
function namesInAttribute(attribute: Uint8Array): string[] {
  const names: string[] = [];
  for (const { number, payload } of readFields(attribute)) {
    if (number !== 6 && number !== 11) continue;
    const graph = readGraph(payload);
    for (const node of graph.nodes) names.push(...node.inputs, ...node.captured);
    for (const output of graph.outputs) names.push(output.name);
  }
  return names;
}

/** The integer of an attribute `to` (AttributeProto `i` = 3); 0 for other attributes. */
function castTarget(attribute: Uint8Array): number {
  let name = '';
  let value = 0;
  for (const field of readFields(attribute)) {
    if (field.number === 1) name = text(field);
    if (field.number === 3) value = field.value;
  }
  return name === 'to' ? value : 0;
}

function readInitializer(bytes: Uint8Array): OnnxInitializer {
  let name = '';
  let elementType = 0;
  let externalLocation: string | null = null;
  for (const field of readFields(bytes)) {
    if (field.number === 2) elementType = field.value;
    if (field.number === 8) name = text(field);
    if (field.number === 13) externalLocation = readLocation(field.payload) ?? externalLocation;
  }
  return { name, elementType, externalLocation, bytes };
}

function readLocation(entry: Uint8Array): string | null {
  let key = '';
  let value = '';
  for (const field of readFields(entry)) {
    if (field.number === 1) key = text(field);
    if (field.number === 2) value = text(field);
  }
  return key === 'location' ? value : null;
}

function readValue(bytes: Uint8Array): OnnxValue {
  let name = '';
  let elementType = 0;
  let shape: OnnxValue['shape'] = [];
  for (const field of readFields(bytes)) {
    if (field.number === 1) name = text(field);
    if (field.number === 2) ({ elementType, shape } = readTensorType(field.payload));
  }
  return { name, elementType, shape, bytes };
}

function readTensorType(type: Uint8Array): Pick<OnnxValue, 'elementType' | 'shape'> {
  let elementType = 0;
  const shape: (number | string | null)[] = [];
  for (const tensor of readFields(type)) {
    if (tensor.number !== 1) continue;
    for (const field of readFields(tensor.payload)) {
      if (field.number === 1) elementType = field.value;
      if (field.number !== 2) continue;
      for (const dimension of readFields(field.payload))
        shape.push(readDimension(dimension.payload));
    }
  }
  return { elementType, shape };
}

function readDimension(dimension: Uint8Array): number | string | null {
  for (const field of readFields(dimension)) {
    if (field.number === 1) return field.value;
    if (field.number === 2) return text(field);
  }
  return null;
}

/** What a written graph holds: each entry the bytes of one message, as read or as made by `make-onnx.ts`. */
export interface OnnxParts {
  readonly nodes: readonly Uint8Array[];
  readonly initializers: readonly Uint8Array[];
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
}

/**
 * Writes an ONNX file with the header of `model` (versions, producer, metadata, functions) and the given graph.
 * Nothing is re-encoded: messages are joined as they stand (onnx.proto3; the field numbers are its).
 */
export function writeOnnxModel(
  model: Pick<OnnxModel, 'otherFields' | 'opsets'>,
  parts: OnnxParts,
): Uint8Array {
  const writer = new BinaryWriter();
  for (const field of model.otherFields) writer.raw(field);
  for (const [domain, version] of model.opsets) {
    writer.tag(8, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(domain);
    writer.tag(2, WireType.Varint).int64(version).join();
  }
  writer.tag(7, WireType.LengthDelimited).fork();
  const put = (number: number, messages: readonly Uint8Array[]): void => {
    for (const message of messages) writer.tag(number, WireType.LengthDelimited).bytes(message);
  };
  put(1, parts.nodes);
  writer.tag(2, WireType.LengthDelimited).string('toedit');
  put(5, parts.initializers);
  put(11, parts.inputs);
  put(12, parts.outputs);
  writer.join();
  return writer.finish();
}
