import { spliceLines } from '../operators/splice-lines.ts';
import { writeArrow } from '../operators/write-arrow.ts';
import { writeJsonl } from '../operators/write-jsonl.ts';
import { writeParquet } from '../operators/write-parquet.ts';
import type { WriteResult } from '../src/files/write-result.ts';
import type { Sink } from '../src/operator.ts';
import type { CorpusOptions } from './corpus-options.ts';
import type { OpenedInput } from './open-input.ts';
import { outputFormat, outputPath } from './output-path.ts';

/** The writer of an input's output: the input's format and compression, unless another format was asked for. */
export function openOutput(input: OpenedInput, options: CorpusOptions): Sink<WriteResult> {
  const path = outputPath(input, options);
  const { overwrite, textColumn } = options;
  const { kind, compression } = input.format;
  const format = outputFormat(kind, options.format);
  if (format === 'jsonl') {
    return writeJsonl(path, {
      compression: kind === 'jsonl' ? compression : 'none',
      textColumn,
      overwrite,
    });
  }
  const write =
    format === 'arrow'
      ? writeArrow(path, { format: kind === 'arrow-stream' ? 'stream' : 'file', overwrite })
      : writeParquet(path, { ...input.parquet, overwrite });
  // Lines of JSON that become a column are to hold the edited text, too.
  return kind === 'jsonl' ? (source, stage) => write(spliceLines()(source), stage) : write;
}
