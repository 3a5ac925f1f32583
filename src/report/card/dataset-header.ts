import { type Document, isMap, isSeq, Scalar, type YAMLMap, YAMLSeq } from 'yaml';
import { type Dataset, parseHeader } from '../../dataset/dataset-card.ts';
import { configsOf, filesOfSplits, textOf, textsOf } from '../../dataset/split-files.ts';
import type { Manifest } from '../../run/manifest/manifest.ts';
import { escapeUnprintable } from './card-text.ts';
import { type DatasetFile, movedPatterns } from './moved-patterns.ts';
import { updateInfos } from './update-infos.ts';

/** The data set that a run works on, and its files in the order of the tasks. */
export interface EditedDataset {
  readonly source: Dataset;
  readonly files: readonly DatasetFile[];
}

/** What the header says beside that of the source. */
export interface HeaderFacts {
  readonly manifest: Pick<Manifest, 'command' | 'options' | 'tasks'>;
  /** The name of the output directory. */
  readonly name: string;
  readonly tags: readonly string[];
  /** The hub's name for the number of rows; undefined until the run is at its end, when counts are left out. */
  readonly sizeCategory: string | undefined;
}

/**
 * The header of a data set's card for its edited copy, in YAML: that of the source, with the tags, the sizes, the places of the files and
 * the added columns of the copy. All else stays as it is spelt.
 */
export function datasetHeader({ source, files }: EditedDataset, facts: HeaderFacts): string {
  const header = parseHeader(source.card);
  if (header === undefined) throw new Error('a data set is one by the header of its card');
  const { manifest, name, tags, sizeCategory } = facts;
  if (!header.has('pretty_name')) header.set('pretty_name', textNode(name));
  setTexts(header, 'tags', [...new Set([...textsOf(header.get('tags', true)), ...tags])]);
  setTexts(header, 'size_categories', sizeCategory === undefined ? [] : [sizeCategory]);
  setTexts(header, 'source_datasets', sourcesOf(header, source));
  const isScoreFile = manifest.options['candidates'] !== undefined;
  if (isScoreFile) for (const key of ['configs', 'dataset_info']) header.delete(key);
  else {
    updateInfos(header, {
      card: source.card,
      files,
      manifest,
      isEnded: sizeCategory !== undefined,
    });
    moveConfigs(header, source.card, files, manifest);
    if (sizeCategory !== undefined) leaveOutEmpty(header, source.card, files);
  }
  const text = header.toString({ lineWidth: 0, indentSeq: false, flowCollectionPadding: false });
  return escapeUnprintable(text.trimEnd());
}

/** What was edited is not original, and comes from the data set that was read. */
function sourcesOf(header: Document, { name }: Dataset): readonly string[] {
  const named = textsOf(header.get('source_datasets', true)).filter((each) => each !== 'original');
  return [...new Set([...named, ...(name === undefined ? [] : [name])])];
}

function setTexts(header: Document, key: string, texts: readonly string[]): void {
  const before = textsOf(header.get(key, true));
  const wanted = texts.filter((text) => text !== '');
  if (wanted.length === 0) header.delete(key);
  else if (before.join('\n') !== wanted.join('\n')) header.set(key, sequenceOf(wanted));
}

function moveConfigs(
  header: Document,
  card: string,
  files: readonly DatasetFile[],
  { options }: HeaderFacts['manifest'],
): void {
  const list = header.get('configs');
  const maps = isSeq(list) ? list.items.filter(isMap) : [];
  const configs = configsOf(card);
  maps.forEach((map, index) => {
    const config = configs[index];
    if (config === undefined) return;
    const moved = (patterns: readonly string[]): readonly string[] =>
      patterns.flatMap((each) => movedPatterns(config, each, { files, format: options['format'] }));
    const dataFiles = map.get('data_files', true);
    const splits = isSeq(dataFiles) ? dataFiles.items.filter(isMap) : [];
    for (const split of splits) replaceTexts(split, 'path', moved);
    if (splits.length === 0) replaceTexts(map, 'data_files', moved);
  });
}

/**
 * Leaves out configurations of whose files none could be written, such as tables without texts: `datasets` looks for the files of the first
 * one, whichever is loaded. Where that would leave none, all stay.
 */
function leaveOutEmpty(header: Document, card: string, files: readonly DatasetFile[]): void {
  const list = header.get('configs');
  if (!isSeq(list)) return;
  const failed = new Set(files.flatMap((file) => (file.isWritten ? [] : file.input)));
  const inputs = files.map(({ input }) => input);
  const empty = configsOf(card).filter((config) => {
    const own = [...filesOfSplits(config, inputs).values()].flat();
    return own.length > 0 && own.every((input) => failed.has(input));
  });
  if (empty.length === list.items.length) return;
  const names = new Set(empty.map(({ name }) => name));
  for (const each of [list, header.get('dataset_info')]) {
    if (isSeq(each))
      each.items = each.items.filter((item) => !isMap(item) || !names.has(nameOf(item)));
  }
}

function nameOf(map: YAMLMap): string {
  return textOf(map.get('config_name')) ?? 'default';
}

function replaceTexts(
  map: YAMLMap,
  key: string,
  change: (texts: readonly string[]) => readonly string[],
): void {
  const before = textsOf(map.get(key, true));
  const after = change(before);
  if (after.join('\n') === before.join('\n')) return;
  const [first = '', ...others] = after;
  map.set(key, others.length === 0 ? textNode(first) : sequenceOf(after));
}

function sequenceOf(texts: readonly string[]): YAMLSeq {
  const sequence = new YAMLSeq();
  for (const text of texts) sequence.add(textNode(text));
  return sequence;
}

/** What some version of YAML may take for anything but a text stands in quotes. */
function textNode(text: string): Scalar {
  const scalar = new Scalar(text);
  const isWord = /^[a-z][\w.<>/*-]{3,}$/i.test(text) && !/^(?:true|false|null)$/i.test(text);
  scalar.type = isWord ? Scalar.PLAIN : Scalar.QUOTE_DOUBLE;
  return scalar;
}
