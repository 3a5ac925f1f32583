import { type Document, isMap, isSeq, type YAMLMap } from 'yaml';
import { configsOf, type DatasetConfig, filesOfSplits, textOf } from '../../dataset/split-files.ts';
import type { Manifest } from '../../run/manifest/manifest.ts';
import type { DatasetFile } from './moved-patterns.ts';

/** What the features and sizes of an edited data set follow from. */
export interface InfoFacts {
  /** The card of the source. */
  readonly card: string;
  readonly files: readonly DatasetFile[];
  readonly manifest: Pick<Manifest, 'command' | 'options' | 'tasks'>;
  /** Whether the run is at its end. */
  readonly isEnded: boolean;
}

/**
 * Brings `dataset_info` of a header, and features among `configs`, to what was written: rows by split and the size of the files, and the
 * columns that the command adds. Sizes in memory are those of the source, in proportion to the rows. Until the run is at its end there are
 * no sizes, since `datasets` refuses files that have other numbers of rows.
 */
export function updateInfos(header: Document, facts: InfoFacts): void {
  const infos = mapsOf(header.get('dataset_info'));
  const configs = configsOf(facts.card);
  for (const map of [...infos, ...mapsOf(header.get('configs'))])
    updateFeatures(header, map, facts);
  for (const info of infos) {
    const config = configOf(info, configs, infos.length);
    if (!facts.isEnded) for (const key of sizes) info.delete(key);
    else if (config !== undefined) updateSizes(info, config, facts.files);
  }
}

const sizes = ['splits', 'download_size', 'dataset_size'];

function mapsOf(node: unknown): readonly YAMLMap[] {
  if (isMap(node)) return [node];
  return isSeq(node) ? node.items.filter(isMap) : [];
}

/** Of the only information without a configuration of its name that is the one there is. */
function configOf(
  info: YAMLMap,
  configs: readonly DatasetConfig[],
  infos: number,
): DatasetConfig | undefined {
  const name = textOf(info.get('config_name')) ?? 'default';
  const [first] = configs;
  const isOnly = infos === 1 && configs.length === 1 && first?.patterns === undefined;
  return configs.find((config) => config.name === name) ?? (isOnly ? first : undefined);
}

function updateSizes(info: YAMLMap, config: DatasetConfig, files: readonly DatasetFile[]): void {
  const byInput = new Map(files.map((file) => [file.input, file]));
  const splits = filesOfSplits(config, [...byInput.keys()]);
  const all = new Set<DatasetFile>();
  let bytes = 0;
  for (const split of mapsOf(info.get('splits'))) {
    const inputs = splits.get(textOf(split.get('name')) ?? '') ?? [];
    const own = inputs.flatMap((input) => byInput.get(input) ?? []);
    for (const file of own) all.add(file);
    if (own.length > 0) updateSplit(split, own);
    bytes += numberOf(split, 'num_bytes');
  }
  if (info.has('dataset_size')) setNumber(info, 'dataset_size', bytes);
  if (!info.has('download_size') || all.size === 0) return;
  setNumber(info, 'download_size', sum([...all].map((file) => file.bytes)));
}

function updateSplit(split: YAMLMap, files: readonly DatasetFile[]): void {
  const before = numberOf(split, 'num_examples');
  const rows = sum(files.map((file) => file.rows));
  if (rows === before) return;
  setNumber(split, 'num_examples', rows);
  const bytes = numberOf(split, 'num_bytes');
  if (before > 0) setNumber(split, 'num_bytes', Math.round((bytes / before) * rows));
  for (const key of ['shard_lengths', 'original_shard_lengths']) split.delete(key);
}

function numberOf(map: YAMLMap, key: string): number {
  const number = Number((textOf(map.get(key)) ?? '').replaceAll('_', ''));
  return Number.isFinite(number) ? number : 0;
}

function setNumber(map: YAMLMap, key: string, value: number): void {
  // A scalar of text in the place of the one that is there: numbers are texts in this document.
  map.set(key, String(value));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function updateFeatures(header: Document, map: YAMLMap, { manifest }: InfoFacts): void {
  const features = map.get('features');
  if (!isSeq(features)) return;
  const { command, options, tasks } = manifest;
  const isLine =
    options['jsonFields'] === 'line' && ['parquet', 'arrow'].includes(String(options['format']));
  if (isLine && tasks.some(({ format }) => format?.kind === 'jsonl')) {
    map.delete('features');
    return;
  }
  const there = new Set(mapsOf(features).map((feature) => textOf(feature.get('name'))));
  const added =
    command === 'score' ? scoreFeatures : options['report'] === true ? [editsFeature] : [];
  for (const feature of added) {
    if (!there.has(feature.name)) features.add(header.createNode(feature));
  }
}

const fields = (types: Readonly<Record<string, string>>) =>
  Object.entries(types).map(([name, dtype]) => ({ name, dtype }));

/** The columns that commands add, as `datasets` writes their types. */
const scoreFeatures = [
  { name: 'token_ids', list: 'int32' },
  { name: 'token_logprobs', list: 'float32' },
];
const editsFeature = {
  name: 'edits',
  list: fields({
    ...{ position: 'int32', byte_offset: 'int64', old_id: 'int32', new_id: 'int32' },
    ...{ logprob: 'float32', new_logprob: 'float32', rank: 'int32' },
  }),
};
