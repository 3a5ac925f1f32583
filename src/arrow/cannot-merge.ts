/** Says that data cannot become one piece of its type; caught by `concatRecordBatches`, whose callers keep it apart. */
export class CannotMerge extends Error {
  override readonly name = 'CannotMerge';
}
