import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Dtype,
  dtypes,
  filesOfDtype,
  findModelFile,
  type ModelFileRequest,
} from '#toedit/src/model/find-model-file';

/** A directory of empty files. */
function directoryOf(files: readonly string[]): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'toedit-graphs-'));
  for (const file of files) {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), '');
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

/** What is found among the files, or the error's message. */
async function find(files: readonly string[], request?: ModelFileRequest): Promise<string> {
  using directory = directoryOf(files);
  return await findModelFile(directory.path, request).catch((error: unknown) => String(error));
}

function flagOf(graph: string): string {
  const dtype = dtypes.find((each) => filesOfDtype(each).includes(graph));
  return dtype === undefined ? `--model-file ${graph}` : `--dtype ${dtype}`;
}

const noise = ['config.json', 'onnx/model_int8.onnx_data', 'tokenizer.json'];
const names = [...new Set(dtypes.flatMap(filesOfDtype)), 'onnx/model_gqa.onnx', 'graph.onnx'];

test('each dtype has a file that is found in either place', async () => {
  for (const dtype of dtypes) {
    const [inFolder = '', beside = ''] = filesOfDtype(dtype);
    expect(await find([...noise, inFolder, beside], { dtype })).toBe(inFolder);
    expect(await find([...noise, beside], { dtype })).toBe(beside);
  }
});

test.each<[Dtype, string]>([
  ['fp32', 'onnx/model.onnx'],
  ['fp16', 'onnx/model_fp16.onnx'],
  ['int8', 'onnx/model_int8.onnx'],
  ['q8', 'onnx/model_quantized.onnx'],
  ['quantized', 'onnx/model_quantized.onnx'],
  ['q4f16', 'onnx/model_q4f16.onnx'],
])('%s is %s', (dtype, file) => {
  expect(filesOfDtype(dtype)[0]).toBe(file);
});

test('what is asked for, or the fp32 file, or the only one; else an error that names all and a flag for each', () =>
  fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.constantFrom(...names), { maxLength: 4 }),
      fc.option(fc.constantFrom(...dtypes), { nil: undefined }),
      async (graphs, dtype) => {
        const found = await find([...noise, ...graphs], { dtype });
        const choices = filesOfDtype(dtype ?? 'fp32');
        const only = dtype === undefined && graphs.length === 1 ? graphs[0] : undefined;
        const wanted = choices.find((choice) => graphs.includes(choice)) ?? only;
        if (wanted !== undefined) expect(found).toBe(wanted);
        else {
          expect(found).toContain(`it holds no ${choices.join(' or ')}. `);
          for (const graph of graphs) expect(found).toContain(`${graph} (${flagOf(graph)})`);
        }
      },
    ),
    { numRuns: 60 },
  ));

test('the message of a dtype that is not there', async () => {
  const files = ['onnx/model.onnx', 'onnx/model_fp16.onnx', 'onnx/model_gqa.onnx'];
  expect(await find(files, { dtype: 'int8' })).toMatch(
    /it holds no onnx\/model_int8\.onnx or model_int8\.onnx\. It holds onnx\/model\.onnx \(--dtype fp32\), onnx\/model_fp16\.onnx \(--dtype fp16\), onnx\/model_gqa\.onnx \(--model-file onnx\/model_gqa\.onnx\)\.$/,
  );
});

test.each<[object, RegExp]>([
  [
    { dtype: 'int8', modelFile: 'onnx/model.onnx' },
    /--dtype int8 and --model-file onnx\/model\.onnx name a graph each: give one of them/,
  ],
  [{ dtype: 'float8' }, /dtype is float8: choose one of fp32, fp16, int8, /],
])('refuses %j', async (request, message) => {
  using directory = directoryOf(['onnx/model.onnx']);
  await expect(findModelFile(directory.path, request)).rejects.toMatchObject({
    code: 'BAD_OPTION',
    message: expect.stringMatching(message) as string,
  });
});
