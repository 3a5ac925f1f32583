import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadPrior, type Prior } from '#toedit/src/model/load-prior';
import { makeInt64Tensor, makeNode } from '#toedit/src/onnx/make-onnx';
import { readOnnxModel, writeOnnxModel } from '#toedit/src/onnx/onnx-file';
import type { OnnxModel } from '#toedit/src/onnx/onnx-model';
import { root } from './sandbox.ts';

const modelFile = 'onnx/model.onnx';

/**
 * The embedded prior with a graph that ONNX Runtime itself refuses to run on more than so many tokens, padding included:
 * it looks up a zero for each token in a table by the number of all tokens, and adds it to the token ids.
 */
export async function loadLimitedPrior(maxTokens: number): Promise<Prior> {
  const directory = mkdtempSync(join(tmpdir(), 'toedit-limited-'));
  try {
    cpSync(join(root, 'models/tiny'), directory, { recursive: true });
    const path = join(directory, modelFile);
    writeFileSync(path, limitedModel(readOnnxModel(readFileSync(path)), maxTokens));
    return await loadPrior(directory, { threads: 1, cacheDirectory: join(directory, 'cache') });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function limitedModel(model: OnnxModel, maxTokens: number): Uint8Array {
  const limit = [
    makeNode('Size', { inputs: ['input_ids'], outputs: ['limit/size'] }),
    makeNode('Gather', { inputs: ['limit/zeros', 'limit/size'], outputs: ['limit/zero'] }),
    makeNode('Add', { inputs: ['input_ids', 'limit/zero'], outputs: ['limit/ids'] }),
  ];
  const nodes = model.nodes.map(({ opType, inputs, outputs, bytes }) => {
    const reads = inputs.map((name) => (name === 'input_ids' ? 'limit/ids' : name));
    return inputs.includes('input_ids') ? makeNode(opType, { inputs: reads, outputs }) : bytes;
  });
  const zeros = makeInt64Tensor('limit/zeros', new Array<number>(maxTokens + 1).fill(0));
  const bytesOf = (parts: readonly { readonly bytes: Uint8Array }[]) =>
    parts.map(({ bytes }) => bytes);
  return writeOnnxModel(model, {
    nodes: [...limit, ...nodes],
    initializers: [...bytesOf(model.initializers), zeros],
    inputs: bytesOf(model.inputs),
    outputs: bytesOf(model.outputs),
  });
}
