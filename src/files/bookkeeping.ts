/** What a tool keeps beside its data, by the names it gives it. */
interface Bookkeeping {
  readonly name: RegExp;
  readonly reason: string;
  /** A name that lies in the same directory: by itself this one says too little. */
  readonly beside?: string;
}

const spark = 'bookkeeping of Spark';
const delta = 'the log of a Delta table';
const datasets = 'bookkeeping of datasets';
const analysis = 'an analysis by toedit';

const bookkeeping: readonly Bookkeeping[] = [
  { name: /^_(?:SUCCESS|temporary|spark_metadata|symlink_format_manifest)$/, reason: spark },
  { name: /^_(?:committed|started)_\w/, reason: spark },
  { name: /^_(?:common_)?metadata$/, reason: 'a summary of Parquet files, without rows' },
  { name: /^_delta_(?:log|index)$/, reason: delta },
  { name: /^_change_data$/, reason: 'changes of a Delta table, which its files hold, too' },
  { name: /^_impala_insert_staging$/, reason: 'bookkeeping of Impala' },
  { name: /\.crc$/, reason: 'checksums' },
  {
    name: /^(?:v\d+|\d{5}-[\da-f-]{36})(?:\.gz)?\.metadata\.json(?:\.gz)?$/,
    reason: 'metadata of an Iceberg table',
  },
  { name: /^dataset_(?:info|infos|dict)\.json$/, reason: datasets },
  { name: /^state\.json$/, reason: datasets, beside: 'dataset_info.json' },
  { name: /^\.(?:toedit|dead-letters)$/, reason: 'the state of a run of toedit' },
  { name: /^\.toedit-analysis$/, reason: analysis },
  { name: /^analysis\.json$/, reason: analysis, beside: '.toedit-analysis' },
];

/**
 * Why a file or directory is not looked at, though it may look like data: a tool that writes data keeps its books there.
 *
 * @param siblings - all names in its directory.
 * @returns undefined where it is no such thing.
 */
export function bookkeepingReason(name: string, siblings: ReadonlySet<string>): string | undefined {
  const isKept = (each: Bookkeeping): boolean =>
    each.name.test(name) && (each.beside === undefined || siblings.has(each.beside));
  return bookkeeping.find(isKept)?.reason;
}
