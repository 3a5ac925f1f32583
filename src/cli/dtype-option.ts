import { Option } from 'commander';
import { dtypes } from '../model/dtype.ts';

/** The flag that picks a graph of the model directory. */
export function dtypeOption(): Option {
  const usual = 'fp32, or the only one that is there';
  return new Option(
    '--dtype <name>',
    `its precision: int8 takes onnx/model_int8.onnx (default: ${usual})`,
  ).choices(dtypes);
}
