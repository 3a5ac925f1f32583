import { spliceLines } from '../../operators/splice-lines.ts';
import { writeArrow } from '../../operators/write-arrow.ts';
import { writeJsonl } from '../../operators/write-jsonl.ts';
import { writeParquet } from '../../operators/write-parquet.ts';
import type { CommitOptions } from '../../src/files/commit-file.ts';
import type { WriteResult } from '../../src/files/write-result.ts';
import type { Sink } from '../../src/operator.ts';
import type { CorpusOptions } from '../corpus-options.ts';
import type { OpenedInput } from './open-input.ts';
import { outputFormat } from './output-path.ts';

/** What decides how an output is written. */
export type OutputLayout = Pick<OpenedInput, 'format' | 'parquet'>;

/** Where an output goes, and how it comes to stand there. */
export interface OutputPlace extends CommitOptions {
  readonly path: string;
}

/** The writer of an input's output: the input's format and compression, unless another format was asked for. */
export function openOutput(
  { format: { kind, compression }, parquet }: OutputLayout,
  { format: asked, textColumn }: Pick<CorpusOptions, 'format' | 'textColumn'>,
  { path, ...commit }: OutputPlace,
): Sink<WriteResult> {
  const format = outputFormat(kind, asked);
  if (format === 'jsonl') {
    const own = kind === 'jsonl' ? compression : 'none';
    return writeJsonl(path, { ...commit, compression: own, textColumn });
  }
  const write =
    format === 'arrow'
      ? writeArrow(path, { ...commit, format: kind === 'arrow-stream' ? 'stream' : 'file' })
      : writeParquet(path, { ...parquet, ...commit });
  // Lines of JSON that become a column are to hold the edited text, too.
  return kind === 'jsonl' ? (source, stage) => write(spliceLines()(source), stage) : write;
}
