import { requireInteger, requireOneOf } from '../options.ts';
import { type ParquetCompression, parquetCompressions } from './parquet-info.ts';
import type { ParquetLayout } from './parquet-messages.ts';

/** How a Parquet file is to be written. */
export interface ParquetWriteOptions {
  /** @defaultValue 'zstd' */
  readonly compression?: ParquetCompression | undefined;
  /** Rows a row group has at most; it also ends at about 16 MiB of compressed pages. @defaultValue 65536 */
  readonly rowGroupRows?: number | undefined;
  /** `legacy`: no dictionaries, for readers that know format version 1 only. @defaultValue 'standard' */
  readonly profile?: 'standard' | 'legacy' | undefined;
}

/** What the options leave to the file itself. */
export type ParquetLayoutBase = Omit<ParquetLayout, 'metadata'>;

const rowGroupBytes = 16 * 2 ** 20;

/**
 * The layout that the options ask for.
 *
 * @throws ToeditError `BAD_OPTION`.
 */
export function parquetLayout(options: ParquetWriteOptions): ParquetLayoutBase {
  const { compression = 'zstd', rowGroupRows = 65_536, profile = 'standard' } = options;
  requireOneOf('compression', compression, parquetCompressions);
  requireInteger('rowGroupRows', rowGroupRows, [1]);
  requireOneOf('profile', profile, ['standard', 'legacy']);
  return { compression, rowGroupRows, rowGroupBytes, profile };
}
