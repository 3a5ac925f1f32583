/** A format that is not read, and what to do about it. */
interface ForeignFormat {
  /** The end of a name; what compresses it may follow. */
  readonly name: RegExp;
  /** The beginning of the bytes, each as a character of Latin-1. */
  readonly head?: RegExp;
  readonly remedy: string;
}

const recompress = 'decompress it, and compress it with zstd or gzip where it is to be small';

/** In this order: how a file is compressed counts before what is in it. */
const foreignFormats: readonly ForeignFormat[] = [
  { name: /\.(?:xz|txz)$/i, head: /^\xfd7zXZ\0/, remedy: `xz is not read: ${recompress}` },
  { name: /\.(?:bz2|tbz2?)$/i, head: /^BZh[1-9]/, remedy: `bzip2 is not read: ${recompress}` },
  { name: /\.lz4$/i, head: /^\x04\x22\x4d\x18/, remedy: `lz4 is not read: ${recompress}` },
  { name: /\.(?:lzma|lz|br|z|sz|snappy)$/i, remedy: `its compression is not read: ${recompress}` },
  { name: /\.7z$/i, head: /^7z\xbc\xaf\x27\x1c/, remedy: '7z archives are not read: extract it' },
  { name: /\.rar$/i, head: /^Rar!/, remedy: 'RAR archives are not read: extract it' },
  {
    name: /\.(?:tar(?:\.\w+)?|tgz)$/i,
    remedy: 'tar archives are not read: extract it, or make it a ZIP archive',
  },
  {
    name: /\.csv(?:\.gz|\.zst)?$/i,
    remedy: 'CSV is not read: convert it to Parquet or JSON Lines',
  },
  {
    name: /\.(?:tsv|tab)(?:\.gz|\.zst)?$/i,
    remedy: 'TSV is not read: convert it to Parquet or JSON Lines',
  },
  {
    name: /\.txt(?:\.gz|\.zst)?$/i,
    remedy: 'plain text is not read: make it JSON Lines, a line {"text":"…"} a document',
  },
  { name: /\.avro$/i, head: /^Obj\x01/, remedy: 'Avro is not read: convert it to Parquet' },
  { name: /\.orc$/i, head: /^ORC/, remedy: 'ORC is not read: convert it to Parquet' },
  {
    name: /\.w?arc(?:\.gz|\.zst)?$/i,
    head: /^WARC\//,
    remedy: 'WARC is not read: extract its texts to Parquet or JSON Lines',
  },
  {
    name: /(?!)/,
    head: /^\s*\[\s*[{\]]/,
    remedy: "a JSON array is not read: write each object on a line of its own, as jq -c '.[]' does",
  },
];

/**
 * What to do about a file in a format that is known but not read; undefined where it is none of these.
 *
 * @param head - its first bytes, where they are known.
 */
export function foreignFormatOf(path: string, head?: Uint8Array): string | undefined {
  const bytes = head === undefined ? '' : Buffer.from(head).toString('latin1');
  const known = foreignFormats.find((format) => format.head?.test(bytes) === true);
  return (known ?? foreignFormats.find(({ name }) => name.test(path)))?.remedy;
}

/** Why a file that is not data is left out. */
export function reasonLeftOut(path: string): string {
  return foreignFormatOf(path) ?? 'not a data file';
}

/** True of names under which a file that is not data is an error rather than left out. */
export function hasDataExtension(path: string): boolean {
  const isNamedSo = /\.(parquet|arrow|arrows|feather|ipc|jsonl|json|ndjson|gz|zst|zip)$/i.test(
    path,
  );
  return isNamedSo && foreignFormatOf(path) === undefined;
}
