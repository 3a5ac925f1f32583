import { posix } from 'node:path';
import { isMap, isScalar, isSeq, type YAMLMap } from 'yaml';
import { parseHeader } from './dataset-card.ts';
import { dataFileMatcher } from './match-data-files.ts';

/** A configuration of a data set: what `load_dataset(directory, name)` reads. */
export interface DatasetConfig {
  readonly name: string;
  /** The directory in which its files are looked for; empty for that of the data set. */
  readonly directory: string;
  /** Patterns by split; undefined where files are found by their names. */
  readonly patterns: ReadonlyMap<string, readonly string[]> | undefined;
}

/** The configurations of a card, in order; of one that names none the one that there is, by the name `default`. */
export function configsOf(card: string): readonly DatasetConfig[] {
  const configs = parseHeader(card)?.get('configs');
  const maps = isSeq(configs) ? configs.items.filter(isMap) : [];
  if (maps.length === 0) return [{ name: 'default', directory: '', patterns: undefined }];
  return maps.map((config) => ({
    name: textOf(config.get('config_name')) ?? 'default',
    directory: textOf(config.get('data_dir')) ?? '',
    patterns: config.has('data_files') ? patternsOf(config) : undefined,
  }));
}

function patternsOf(config: YAMLMap): ReadonlyMap<string, readonly string[]> {
  const files = config.get('data_files', true);
  const splits = isSeq(files) ? files.items.filter(isMap) : [];
  if (splits.length === 0) return new Map([['train', textsOf(files)]]);
  return new Map(
    splits.map((each) => [textOf(each.get('split')) ?? '', textsOf(each.get('path', true))]),
  );
}

/** The texts of a scalar or of a list of scalars. */
export function textsOf(node: unknown): readonly string[] {
  if (isSeq(node)) return node.items.flatMap(textsOf);
  const text = textOf(node);
  return text === undefined ? [] : [text];
}

/** The text of a scalar, or of what `get` returns of one. */
export function textOf(node: unknown): string | undefined {
  const value = isScalar(node) ? node.value : node;
  return typeof value === 'string' ? value : undefined;
}

/** The pattern as it stands for files below the data set's directory. */
export function fromRoot({ directory }: DatasetConfig, pattern: string): string {
  return directory === '' || /^\/|:\/\//.test(pattern) ? pattern : posix.join(directory, pattern);
}

/** Of a configuration, the files of each split, among those at `paths` below the data set's directory. */
export function filesOfSplits(
  config: DatasetConfig,
  paths: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  if (config.patterns === undefined) return splitsByName(config, paths);
  const entries = [...config.patterns].map(([split, patterns]) => {
    const matchers = patterns.map((pattern) => dataFileMatcher(fromRoot(config, pattern)));
    return [split, paths.filter((path) => matchers.some((matches) => matches(path)))] as const;
  });
  return new Map(entries);
}

/** As `datasets` finds splits where none are named: shards in `data/`, else names of directories, else of files, else all is `train`. */
function splitsByName(
  config: DatasetConfig,
  paths: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const select = (patterns: readonly string[]): readonly string[] => {
    const matchers = patterns.map((pattern) => dataFileMatcher(fromRoot(config, pattern)));
    return paths.filter((path) => matchers.some((matches) => matches(path)));
  };
  const sharded = select([`data/*${shardPattern}`]).map(splitOfShard);
  if (sharded.length > 0) {
    const splits = [...new Set(sharded)];
    return new Map(splits.map((split) => [split, select([`data/${split}${shardPattern}`])]));
  }
  for (const place of keywordPlaces) {
    const found = [...keywords].map(([split, words]) => [split, select(words.flatMap(place))]);
    const some = found.filter(([, files]) => files?.length !== 0);
    if (some.length > 0) return new Map(some as [string, readonly string[]][]);
  }
  return new Map([['train', select(['**'])]]);
}

const digits = '[0-9]'.repeat(5);
const shardPattern = `-${digits}-of-${digits}*.*`;

function splitOfShard(path: string): string {
  return posix.basename(path).replace(/-\d{5}-of-\d{5}[^/]*$/, '');
}

const keywords: ReadonlyMap<string, readonly string[]> = new Map([
  ['train', ['train', 'training']],
  ['validation', ['validation', 'valid', 'dev', 'val']],
  ['test', ['test', 'testing', 'eval', 'evaluation']],
]);

/** What is no word, in a set. */
const border = '[-._ 0-9]';

const keywordPlaces: readonly ((word: string) => readonly string[])[] = [
  (word) => [
    ...[`**/${word}/**`, `**/${word}${border}*/**`],
    ...[`**/*${border}${word}/**`, `**/*${border}${word}${border}*/**`],
  ],
  (word) => [`**/${word}${border}*`, `**/*${border}${word}${border}*`],
];
