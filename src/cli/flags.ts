import { type Command, InvalidArgumentError, Option } from 'commander';
import { messageOf } from '../errors.ts';
import { dtypes } from '../model/find-model-file.ts';
import type { Shard } from '../run/shards/shard.ts';
import { parseShard } from '../run/shards/shard.ts';
import type { Display } from './display.ts';

/** Parses a whole number, zero or more. Throws commander's InvalidArgumentError. */
function parseCount(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('Give a whole number, such as 8.');
}

/** Parses a whole number, zero or more, or `auto`. Throws commander's InvalidArgumentError. */
export function parseCountOrAuto(text: string): number | 'auto' {
  if (text === 'auto' || /^\d+$/.test(text)) return text === 'auto' ? text : parseCount(text);
  throw new InvalidArgumentError('Give a whole number, such as 1024, or auto.');
}

/** Parses a decimal number. Throws commander's InvalidArgumentError. */
export function parseDecimal(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('Give a number, such as 0.99 or 1e9.');
}

/** Parses a share of a whole: `0.1%`, or 0.001. Throws commander's InvalidArgumentError. */
export function parseFraction(text: string): number {
  const percentage = /^(.*\S)\s*%$/.exec(text)?.[1];
  return percentage === undefined ? parseDecimal(text) : parseDecimal(percentage) / 100;
}

/** Parses a decimal number or `none`. Throws commander's InvalidArgumentError. */
export function parseBound(text: string): number | 'none' {
  const value = Number(text);
  if (text === 'none') return text;
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('Give a number, such as 0.99, or none.');
}

/** Parses a seed: a whole number from 0 to 2^64 - 1. Throws commander's InvalidArgumentError. */
export function parseSeed(text: string): bigint {
  if (/^\d{1,20}$/.test(text) && BigInt(text) < 2n ** 64n) return BigInt(text);
  throw new InvalidArgumentError('Give a whole number from 0 to 18446744073709551615.');
}

/** Parses a list, such as `cuda:0,cuda:1`. */
function parseList(text: string): readonly string[] {
  return text.split(',').map((part) => part.trim());
}

/** Parses a list of decimal numbers, such as `0.9,0.99`. Throws commander's InvalidArgumentError. */
export function parseDecimals(text: string): readonly number[] {
  return parseList(text).map(parseDecimal);
}

/** Parses a list of whole numbers, such as `8,64`. Throws commander's InvalidArgumentError. */
export function parseCounts(text: string): readonly number[] {
  return parseList(text).map(parseCount);
}

/** Parses a shard, such as `0/4`. Throws commander's InvalidArgumentError. */
export function parseShardFlag(text: string): Shard {
  try {
    return parseShard(text);
  } catch (error) {
    throw new InvalidArgumentError(messageOf(error));
  }
}

/** Collects the values of a flag that may be given again. */
export function parseAgain(
  value: string,
  others: readonly string[] | undefined,
): readonly string[] {
  return [...(others ?? []), value];
}

/** The flags of {@link Display}, as commander parses them. */
export type DisplayFlags = { readonly [Flag in keyof Display]?: boolean | undefined };

/** Splits off what a command shows. */
export function splitDisplay<Flags extends DisplayFlags>(
  flags: Flags,
): { readonly options: Omit<Flags, keyof Display>; readonly display: Display } {
  const { json = false, quiet = false, verbose = false, ...options } = flags;
  return { options, display: { json, quiet, verbose } };
}

/** The flags of what a command shows; `quiet` says what --quiet does: without it there is none. */
export function displayFlags(quiet?: string): readonly Option[] {
  return [
    new Option('--json', 'print one JSON object on stdout, and nothing else'),
    ...(quiet === undefined ? [] : [new Option('--quiet', quiet)]),
    new Option('--verbose', 'print stack traces of errors'),
  ];
}

/** The flag that picks a graph of the model directory. */
export function dtypeFlag(): Option {
  const usual = 'fp32, or the only graph that is there';
  return new Option(
    '--dtype <name>',
    `precision of the prior: int8 opens onnx/model_int8.onnx (default: ${usual})`,
  ).choices(dtypes);
}

/** The flag that names the kind of a device. */
export function deviceFlag(
  description = 'kind of device to compute on (default: that of --devices, else cpu)',
): Option {
  return new Option('--device <kind>', description).choices(['cpu', 'cuda', 'webgpu']);
}

/** The flag that names a device for each engine. */
export function devicesFlag(description = 'as for edit (default: one)'): Option {
  return new Option('--devices <list>', description).argParser(parseList);
}

/** The flag that names the one column of texts. */
export function textColumnFlag(): Option {
  return new Option('--text-column <name>', 'the column that holds the text (default: text)');
}

/** The flag of a whole number. */
export function countFlag(flags: string, description: string): Option {
  return new Option(flags, description).argParser(parseCount);
}

/** Declares flags, under a heading of the help where there is one. */
export function addFlags(command: Command, flags: readonly Option[], heading?: string): Command {
  for (const flag of flags)
    command.addOption(heading === undefined ? flag : flag.helpGroup(heading));
  return command;
}

/** Which texts of a row are edited. */
export function textFlags(): readonly Option[] {
  return [
    new Option(
      '--text-column <path>',
      'the column that holds the text, or a path such as meta.body, paragraphs[] or messages[].content; again for further texts (default: text)',
    ).argParser(parseAgain),
    new Option(
      '--roles <list>',
      'of the texts in a list of objects only those of these roles, such as assistant',
    ).argParser(parseList),
    new Option('--role-field <name>', 'the field that holds the role (default: role)'),
    new Option(
      '--key-column <name>',
      'the column that identifies a document; equal keys get equal draws (default: a hash of the text)',
    ),
    new Option(
      '--key-places',
      'equal texts in different places of their rows get different draws (default: equal ones)',
    ),
  ];
}
