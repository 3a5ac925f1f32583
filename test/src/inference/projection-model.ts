import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { makeNode, makeValue } from '#toedit/src/onnx/make-onnx';
import { writeOnnxModel } from '#toedit/src/onnx/onnx-file';
import { elementTypes } from '#toedit/src/onnx/onnx-model';

/** A language model of two matrices: each token's hidden state is its own row, whatever stands before it. */
export interface ProjectionModel {
  readonly vocabulary: number;
  readonly hidden: number;
  /** `[vocabulary, hidden]`. */
  readonly embedding: Float32Array;
  /** `[vocabulary, hidden]`: the weights of the projection, token by token. */
  readonly weights: Float32Array;
  /** Whether the file holds the projection as `[vocabulary, hidden]`, and transposes it. */
  readonly transposes: boolean;
}

/** The model as an ONNX file. */
export function projectionModelFile(model: ProjectionModel): Uint8Array {
  const { vocabulary, hidden, embedding, weights, transposes } = model;
  const byToken = [vocabulary, hidden] as const;
  const gather = { inputs: ['embedding', 'input_ids'], outputs: ['hidden_state'] };
  const transpose = { inputs: ['weights'], outputs: ['projection'] };
  const product = { inputs: ['hidden_state', 'projection'], outputs: ['logits'] };
  return writeOnnxModel(
    { otherFields: [Uint8Array.of(8, 8)], opsets: new Map([['', 18]]) },
    {
      nodes: [
        makeNode('Gather', gather),
        ...(transposes ? [makeNode('Transpose', transpose, { perm: [1, 0] })] : []),
        makeNode('MatMul', product),
      ],
      initializers: [
        floatTensor('embedding', embedding, byToken),
        transposes
          ? floatTensor('weights', weights, byToken)
          : floatTensor('projection', transposed(weights, model), [hidden, vocabulary]),
      ],
      inputs: [makeValue('input_ids', elementTypes.int64, ['batch', 'tokens'])],
      outputs: [makeValue('logits', elementTypes.float, ['batch', 'tokens', vocabulary])],
    },
  );
}

function transposed(values: Float32Array, { vocabulary, hidden }: ProjectionModel): Float32Array {
  return values.map((_, i) => values[(i % vocabulary) * hidden + Math.floor(i / vocabulary)] ?? 0);
}

function floatTensor(
  name: string,
  values: Float32Array,
  shape: readonly [number, number],
): Uint8Array {
  const writer = new BinaryWriter();
  for (const size of shape) writer.tag(1, WireType.Varint).int64(size);
  writer.tag(2, WireType.Varint).int32(elementTypes.float);
  writer.tag(8, WireType.LengthDelimited).string(name);
  const { buffer, byteOffset, byteLength } = values;
  writer.tag(9, WireType.LengthDelimited).bytes(new Uint8Array(buffer, byteOffset, byteLength));
  return writer.finish();
}
