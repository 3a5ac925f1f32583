import { bodyOf } from '../../dataset/dataset-card.ts';
import type { TaskCounts } from '../../metrics/summary.ts';
import type { RunTotals } from '../../metrics/totals.ts';
import type { Manifest, Task } from '../../run/manifest/manifest.ts';
import { formatBytes, formatCount, formatCounted, formatShare } from '../format-quantity.ts';
import { describeRule } from '../render-summary.ts';
import { openSeal, sealCard } from './card-seal.ts';
import { codeBlock, codeSpan, shellWord, yamlString } from './card-text.ts';
import { datasetHeader, type EditedDataset } from './dataset-header.ts';
import { reproduceCommand } from './reproduce-command.ts';

/** What a data card says: of a whole run, whichever processes did it. */
export interface CardFacts {
  readonly manifest: Manifest;
  /** The name of the output directory. */
  readonly name: string;
  readonly tasks: TaskCounts;
  /** Of the outputs that are done. */
  readonly totals: Readonly<RunTotals>;
  /** Rows that were set aside. */
  readonly deadLetters: number;
  /** Rows of the outputs. */
  readonly writtenRows: number;
  /** Where the inputs are a data set whose card had a header. */
  readonly dataset?: EditedDataset | undefined;
}

/** A data card as the Hugging Face hub reads them: Markdown with a header in YAML, sealed. The same facts give the same text. */
export function renderCard(facts: CardFacts): string {
  const isScore = facts.manifest.command === 'score';
  const lines = [
    ...header(facts),
    openSeal,
    '',
    `# A corpus ${isScore ? 'scored' : 'edited'} token by token`,
    '',
    ...notice(facts.tasks),
    isScore ? whatScoreDid : whatEditDid,
    '',
    ...section('How', howOf(facts.manifest)),
    ...section('Prior', priorOf(facts.manifest)),
    ...section('Counts', countsOf(facts)),
    ...section('Inputs', inputsOf(facts.manifest)),
    ...section('Made again, and verified', againOf(facts)),
    ...sourceOf(facts),
  ];
  return sealCard(`${lines.join('\n').trimEnd()}\n`);
}

const method = 'ToEdit ([arXiv:2412.14689](https://arxiv.org/abs/2412.14689))';

const whatEditDid = `Each text was read by a language model, the *prior*. Tokens that it found nearly certain were drawn anew from its own predictions, by the method ${method}. All other bytes of the texts, all other columns, and the order of the rows are those of the inputs.`;

const whatScoreDid =
  'Each text was read by a language model, the *prior*, and the log-probability that it gave to each token is kept. No text was edited.';

function section(title: string, lines: readonly string[]): readonly string[] {
  return [`## ${title}`, '', ...lines, ''];
}

function header(facts: CardFacts): readonly string[] {
  const { manifest, name, tasks, writtenRows, dataset } = facts;
  const isEnded = tasks.pending === 0 && tasks.failed === 0;
  const size = isEnded ? sizeCategory(writtenRows) : undefined;
  const tags = ['toedit', ...(manifest.command === 'score' ? [] : ['semi-synthetic'])];
  if (dataset !== undefined) {
    const shared = { manifest, name, tags, sizeCategory: size };
    return ['---', datasetHeader(dataset, shared), '---'];
  }
  return [
    '---',
    `pretty_name: ${yamlString(name)}`,
    'tags:',
    ...tags.map((tag) => `- ${tag}`),
    ...(size === undefined ? [] : ['size_categories:', `- ${size}`]),
    '---',
  ];
}

/** The hub's names of sizes, by the number of rows. */
function sizeCategory(rows: number): string {
  const names = ['1K', '10K', '100K', '1M', '10M', '100M', '1B', '10B', '100B', '1T'];
  const index = names.findIndex((_, power) => rows < 10 ** (power + 3));
  if (index < 0) return 'n>1T';
  return index === 0 ? 'n<1K' : `${names[index - 1] ?? ''}<n<${names[index] ?? ''}`;
}

function notice({ total, done, failed, bad, pending }: TaskCounts): readonly string[] {
  const of = `${formatCount(done)} of ${formatCounted(total, 'file')}`;
  if (pending > 0) {
    return [`> **In progress.** ${of} are done, and all counts are of these.`, ''];
  }
  const again = failed === 0 ? '' : ', which the same command tries again';
  if (failed + bad === 0) return [];
  return [`> ${formatCounted(failed + bad, 'file')} of ${formatCount(total)} failed${again}.`, ''];
}

function howOf({ command, version, createdAt, options }: Manifest): readonly string[] {
  const column = (option: string): string =>
    [options[option]]
      .flat()
      .map((name) => codeSpan(String(name)))
      .join(', ');
  const { candidates, candidateThreshold, keyColumn, onBadRow } = options;
  const kept = `the ${String(candidates)} likeliest tokens wherever P >= ${String(candidateThreshold)}`;
  return [
    ...(command === 'score' ? [] : [`- rule: ${codeSpan(describeRule(options))}`]),
    ...(candidates === undefined ? [] : [`- candidates: ${kept}`]),
    `- text column: ${column('textColumn')}`,
    ...(keyColumn === null || keyColumn === undefined
      ? []
      : [`- key column: ${column('keyColumn')}`]),
    `- rows that cannot be read: ${onBadRow === 'dead-letter' ? 'left out' : 'kept as they are'}`,
    ...(command === 'resample' ? ['- edited from scores that were kept (`toedit resample`)'] : []),
    `- toedit ${version}, planned ${createdAt}`,
  ];
}

function priorOf({ prior }: Manifest): readonly string[] {
  return [
    `- name: ${codeSpan(prior.name)}`,
    `- graph: ${codeSpan(prior.modelFile)}, ${codeSpan(prior.precision)}, on ${prior.device}`,
    `- SHA-256 of the model: \`${prior.modelFingerprint}\``,
    `- SHA-256 of the tokenizer: \`${prior.tokenizerFingerprint}\``,
  ];
}

function countsOf({
  manifest,
  tasks,
  totals,
  deadLetters,
  writtenRows,
}: CardFacts): readonly string[] {
  const { rows, textBytes, tokens, scoredTokens, edits, passed } = totals;
  const isOfTexts = rows !== writtenRows + deadLetters;
  const unedited = Object.values(passed).reduce((sum, count) => sum + count, 0);
  const share = (count: number): string =>
    `${formatCount(count)} (${formatShare(count, tokens, 3)})`;
  const refused = edits.refused_utf8 + edits.refused_special;
  const ofEdits: readonly (readonly [string, string])[] = [
    ['tokens at the threshold or above (eligible)', share(edits.eligible)],
    ['of these drawn anew', share(edits.drawn)],
    ['tokens changed', share(edits.changed)],
    ['tokens deleted', share(edits.deleted)],
    ['draws and deletions refused', formatCount(refused)],
  ];
  const lines: readonly (readonly [string, string])[] = [
    ['files', `${formatCount(tasks.done)} of ${formatCount(tasks.total)}`],
    ['rows', formatCount(writtenRows + deadLetters)],
    ['rows set aside', formatCount(deadLetters)],
    ...(isOfTexts ? [['texts, and rows without any', formatCount(rows)] as const] : []),
    [`${isOfTexts ? 'texts' : 'rows'} that passed as they were`, formatCount(unedited)],
    ['bytes of text', formatCount(textBytes)],
    ['tokens', formatCount(tokens)],
    ['tokens with a probability', formatCount(scoredTokens)],
    ...(manifest.command === 'score' ? [] : ofEdits),
  ];
  return [
    '| what | how many |',
    '| --- | --- |',
    ...lines.map((line) => `| ${line.join(' | ')} |`),
  ];
}

/** Inputs that are named; the others are counted. */
const namedInputs = 20;

function inputsOf({ tasks, skipped }: Manifest): readonly string[] {
  const more = tasks.length - namedInputs;
  return [
    ...tasks.slice(0, namedInputs).map(nameInput),
    ...(more > 0 ? [`- and ${formatCounted(more, 'more file')}`] : []),
    ...(skipped.length > 0 ? ['', `Left out: ${formatCounted(skipped.length, 'file')}.`] : []),
  ];
}

function nameInput({ relativePath, bytes, fingerprint }: Task): string {
  const hash = fingerprint === null ? '' : `, ${codeSpan(fingerprint)}`;
  return `- ${codeSpan(relativePath)}, ${formatBytes(bytes)}${hash}`;
}

function againOf({ manifest, name }: CardFacts): readonly string[] {
  return [
    `With toedit ${manifest.version}, this prior and these inputs in \`corpus/\` the command`,
    '',
    ...codeBlock([reproduceCommand(manifest, name)], 'sh'),
    '',
    'makes the same texts again. While the directory `.toedit/` lies beside them, this checks every file by its hash, and makes it once more from its input and the record of edits:',
    '',
    ...codeBlock([`toedit verify ${shellWord(name)}`], 'sh'),
  ];
}

/** The card of the source comes last: nothing in it can change how the rest is read. */
function sourceOf({ dataset }: CardFacts): readonly string[] {
  const body = dataset === undefined ? '' : bodyOf(dataset.source.card).trim();
  if (dataset === undefined || body === '') return [];
  const { name } = dataset.source;
  const named = name === undefined ? '' : `, ${codeSpan(name)}`;
  return section('The card of the source', [
    `What follows is the card of the data set that was read${named}, as it was.`,
    '',
    body,
  ]);
}
