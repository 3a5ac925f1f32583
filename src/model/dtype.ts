/** A precision by the name that its file on the Hugging Face hub goes by. */
export type Dtype =
  | 'fp32'
  | 'fp16'
  | 'int8'
  | 'uint8'
  | 'q8'
  | 'quantized'
  | 'q4'
  | 'q4f16'
  | 'bnb4'
  | 'q2'
  | 'q2f16'
  | 'q1'
  | 'q1f16';

/**
 * What the file's name has behind `model`. Source: `DEFAULT_DTYPE_SUFFIX_MAPPING` in Hugging Face's transformers.js 4.3.1, and
 * `quantized` by the file's own name.
 */
const suffixes: Readonly<Record<Dtype, string>> = {
  fp32: '',
  fp16: '_fp16',
  int8: '_int8',
  uint8: '_uint8',
  q8: '_quantized',
  quantized: '_quantized',
  q4: '_q4',
  q4f16: '_q4f16',
  bnb4: '_bnb4',
  q2: '_q2',
  q2f16: '_q2f16',
  q1: '_q1',
  q1f16: '_q1f16',
};

/** All of them. */
export const dtypes = Object.keys(suffixes) as readonly Dtype[];

/** Where the graph of a dtype may lie, relative to the model directory, the likeliest place first. */
export function filesOfDtype(dtype: Dtype): readonly string[] {
  const name = `model${suffixes[dtype]}.onnx`;
  return [`onnx/${name}`, name];
}
