import { makeNode, makeValue } from '../onnx/make-onnx.ts';
import { elementTypes } from '../onnx/onnx-model.ts';
import { writeOnnxModel } from '../onnx/write-onnx-model.ts';
import type { Device } from './engine-options.ts';
import { startEngine } from './start-engine.ts';

/** Opens a device with a graph of one operation. Returns why it cannot be, and the remedy; null where it can. */
export async function tryDevice(device: Device): Promise<string | null> {
  const none = { head: null, earlyExit: null, hidden: null, inputs: [], pasts: [] };
  const sizes = { headSize: 1, vocabularySize: 1, logitsBytes: 4 };
  const options = { ...none, ...sizes, body: leastModel(), device, threads: 1 };
  try {
    const engine = await startEngine(options, `a trial graph on ${device}`);
    await engine.close();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function leastModel(): Uint8Array {
  return writeOnnxModel(
    // ModelProto `ir_version` = 8, which goes with operator set 18.
    { otherFields: [Uint8Array.of(8, 8)], opsets: new Map([['', 18]]) },
    {
      nodes: [makeNode('Neg', { inputs: ['x'], outputs: ['y'] })],
      initializers: [],
      inputs: [makeValue('x', elementTypes.float, [1])],
      outputs: [makeValue('y', elementTypes.float, [1])],
    },
  );
}
