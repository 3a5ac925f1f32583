import { extname, join } from 'node:path';
import type { FileFormat } from '../../src/files/detect-format.ts';
import { type CorpusOptions, keepsScores, type ScoreCorpusOptions } from './corpus-options.ts';
import { scoreFileExtension } from './score-files.ts';

type Format = NonNullable<CorpusOptions['format']>;

/** The format that the output is written in: that of the input, unless another was asked for. */
export function outputFormat(kind: FileFormat['kind'], format?: Format): Format {
  if (format !== undefined) return format;
  switch (kind) {
    case 'arrow-file':
    case 'arrow-stream':
      return 'arrow';
    case 'jsonl':
      return 'jsonl';
    // Of an archive, that of a member counts.
    case 'parquet':
    case 'zip':
      return 'parquet';
  }
}

/**
 * Where an output goes: the input's own place and name; the extension changes with the format only. An archive becomes a
 * directory of its name.
 */
export function outputPath(
  input: { readonly relativePath: string; readonly format: FileFormat },
  options: Pick<ScoreCorpusOptions, 'output' | 'format' | 'candidates'>,
): string {
  const path = join(options.output, input.relativePath);
  if (input.format.kind !== 'zip' && keepsScores(options)) return `${path}${scoreFileExtension}`;
  if (input.format.kind === 'zip') return path;
  const own = outputFormat(input.format.kind);
  if (options.format === undefined || options.format === own) return path;
  return `${withoutExtensions(path)}.${options.format}`;
}

/** `a.jsonl.gz` loses both of its extensions. */
function withoutExtensions(path: string): string {
  const plain = path.replace(/\.(?:gz|zst)$/iu, '');
  return plain.slice(0, plain.length - extname(plain).length);
}
