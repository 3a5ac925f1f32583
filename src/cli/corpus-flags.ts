import { type Command, Option } from 'commander';
import type { CorpusOptions } from '../../pipelines/corpus-options.ts';
import { parseCount, parseSeed } from './parse-value.ts';

/** What a run shows, and how. */
export interface Display {
  /** One JSON object on stdout, and nothing else there. */
  readonly json: boolean;
  /** Neither progress nor summary. */
  readonly quiet: boolean;
  /** Stack traces of errors. */
  readonly verbose: boolean;
}

/** The flags of every command, as commander parses them: named as the options they become. */
export type CorpusFlags = Omit<CorpusOptions, 'inputs' | 'signal' | 'onProgress'> &
  Partial<Display>;

/** Declares the input argument and the flags of every command, with the command's own `ruleFlags` before them. */
export function addCorpusFlags(command: Command, ruleFlags: readonly Option[] = []): void {
  command
    .argument('<input...>', 'files, directories or globs: Parquet, Arrow, JSON lines, ZIP of these')
    .requiredOption('-o, --output <dir>', 'directory for the results; mirrors the inputs');
  addGroup(command, 'Rule:', ruleFlags);
  addGroup(command, 'Data:', dataFlags());
  addGroup(command, 'Prior:', priorFlags());
  addGroup(command, 'Display:', displayFlags());
}

function addGroup(command: Command, heading: string, options: readonly Option[]): void {
  for (const option of options) command.addOption(option.helpGroup(heading));
}

function priorFlags(): readonly Option[] {
  return [
    new Option(
      '--model <dir>',
      'the prior, in Hugging Face layout (default: the embedded tiny one)',
    ),
    new Option('--model-file <path>', 'its graph (default: onnx/model.onnx)'),
    new Option('--device <name>', 'where it runs (default: cpu)').choices([
      'cpu',
      'cuda',
      'webgpu',
    ]),
    new Option('--threads <n>', 'inference threads (default: all cores)').argParser(parseCount),
    new Option('--bos <when>', 'begin a document with BOS (default: auto)').choices([
      'auto',
      'always',
      'never',
    ]),
    new Option(
      '--window-tokens <n>',
      'tokens read at once (default: 2048, or the model maximum)',
    ).argParser(parseCount),
    new Option(
      '--min-context-tokens <n>',
      'context of a long document (default: window / 4)',
    ).argParser(parseCount),
    new Option('--max-batch-tokens <n>', 'padded tokens of a micro-batch').argParser(parseCount),
  ];
}

function dataFlags(): readonly Option[] {
  return [
    new Option('--text-column <name>', 'the column of documents (default: text)'),
    new Option('--key-column <name>', 'the column that keys draws (default: a hash of the text)'),
    new Option('--seed <n>', 'seed of the draws (default: 0)').argParser(parseSeed),
    new Option('--limit <rows>', 'take at most so many rows of a file').argParser(parseCount),
    new Option('--format <name>', 'output format (default: that of the input)').choices([
      'parquet',
      'arrow',
      'jsonl',
    ]),
    new Option('--overwrite', 'replace output files that exist'),
    new Option('--files-in-flight <n>', 'files worked on at once').argParser(parseCount),
  ];
}

function displayFlags(): readonly Option[] {
  return [
    new Option('--json', 'print one JSON object on stdout, and nothing else'),
    new Option('--quiet', 'print errors only'),
    new Option('--verbose', 'print stack traces'),
  ];
}
