import { extname, join } from 'node:path';
import type { FileFormat } from '../../src/files/detect-format.ts';
import type { CorpusOptions } from '../corpus-options.ts';

type Format = NonNullable<CorpusOptions['format']>;

/** The format that the output is written in: that of the input, unless another was asked for. */
export function outputFormat(kind: FileFormat['kind'], format?: Format): Format {
  if (format !== undefined) return format;
  if (kind === 'arrow-file' || kind === 'arrow-stream') return 'arrow';
  return kind === 'jsonl' ? 'jsonl' : 'parquet';
}

/**
 * Where an output goes: the input's own place and name; the extension changes with the format only. An archive becomes a
 * directory of its name.
 */
export function outputPath(
  input: { readonly relativePath: string; readonly format: FileFormat },
  options: Pick<CorpusOptions, 'output' | 'format'>,
): string {
  const path = join(options.output, input.relativePath);
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
