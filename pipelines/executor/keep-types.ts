import type { Source } from '../../src/operator.ts';
import { refuseLostTypes } from '../../src/survival/refuse-lost-types.ts';
import type { CorpusOptions } from '../corpus-options.ts';
import type { OpenedInput } from './open-input.ts';
import { outputFormat } from './output-path.ts';

/**
 * The record batches of an input that are scored, from a row on. Where a column's type would be lost in the output's format, none is given.
 *
 * @throws ToeditError `TYPE_LOST` before the first batch; errors of the source.
 */
export async function* keepTypes(
  { textsFrom, format: { kind }, path, name }: OpenedInput,
  firstRow: number,
  format: CorpusOptions['format'],
): Source {
  const to = outputFormat(kind, format);
  if (kind === 'parquet' && path !== null) {
    await refuseLostTypes({ kind, path }, { to, file: name });
  }
  let isFirst = true;
  for await (const batch of textsFrom(firstRow)) {
    if (isFirst && (kind === 'arrow-file' || kind === 'arrow-stream')) {
      await refuseLostTypes({ kind: 'arrow', schema: batch.schema }, { to, file: name });
    }
    isFirst = false;
    yield batch;
  }
}
