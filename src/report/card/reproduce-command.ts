import { embeddedModel } from '../../model/load-prior.ts';
import { type PresetName, presets } from '../../resampling/resampling-options.ts';
import type { Manifest, OptionValue } from '../../run/manifest/manifest.ts';
import { shellWord } from './card-text.ts';

/**
 * The command that makes the outputs of a run once more from its inputs, on one line: every option that decides a byte and is not the
 * default. A run that resampled kept scores is made by `toedit edit`, which gives the same bytes.
 *
 * @param output - the name of the output directory
 */
export function reproduceCommand(manifest: Manifest, output: string): string {
  const { command, options, prior } = manifest;
  const isScore = command === 'score';
  const words = [
    ...['toedit', isScore ? 'score' : 'edit', 'corpus/', '--output', shellWord(output)],
    ...(prior.path === embeddedModel ? [] : ['--model', shellWord(prior.name)]),
    ...flag('--model-file', prior.modelFile, 'onnx/model.onnx'),
    ...flag('--device', prior.device, 'cpu'),
    ...(isScore ? [] : ruleFlags(options)),
    ...Object.entries(dataFlags).flatMap(([name, [word, usual]]) =>
      flags(word, options[name] ?? null, usual),
    ),
    ...ledgerFlag(options['ledger'], isScore && options['candidates'] === undefined),
  ];
  return words.join(' ');
}

type Options = Readonly<Record<string, OptionValue>>;

/** By option: its flag, and what it is where the flag is not given. */
const dataFlags: Readonly<Record<string, readonly [flag: string, usual: OptionValue]>> = {
  candidates: ['--candidates', null],
  candidateThreshold: ['--candidate-threshold', null],
  textColumn: ['--text-column', 'text'],
  roles: ['--roles', null],
  roleField: ['--role-field', 'role'],
  keyColumn: ['--key-column', null],
  keyPlaces: ['--key-places', null],
  limit: ['--limit', null],
  format: ['--format', null],
  jsonFields: ['--json-fields', null],
  onBadRow: ['--on-bad-row', 'pass'],
  maxTextBytes: ['--max-text-bytes', null],
  bos: ['--bos', 'auto'],
  windowTokens: ['--window-tokens', null],
  minContextTokens: ['--min-context-tokens', null],
};

function ruleFlags(options: Options): readonly string[] {
  const preset = String(options['preset']);
  const usual = presets[preset as PresetName];
  const is = (name: keyof typeof usual): OptionValue => options[name] ?? null;
  return [
    ...flag('--preset', preset, 'paper'),
    ...flag('--threshold', is('threshold') ?? 'none', usual.threshold ?? 'none'),
    ...(is('inclusive') === false && usual.inclusive ? ['--exclusive'] : []),
    ...flag('--top-k', is('topK'), usual.topK),
    ...flag('--top-p', is('topP'), usual.topP),
    ...flag('--temperature', is('temperature'), usual.temperature),
    ...(is('excludeOriginal') === true ? ['--exclude-original'] : []),
    ...flag('--drop-below', is('dropBelow') ?? 'none', usual.dropBelow ?? 'none'),
    ...(options['report'] === true ? ['--report'] : []),
    ...['--seed', String(options['seed'])],
  ];
}

/** A flag of a list is given again for each, but for roles, which are one word; one of a switch has no value. */
function flags(word: string, value: OptionValue, usual: OptionValue): readonly string[] {
  if (value === true) return [word];
  if (!Array.isArray(value)) return flag(word, value, usual);
  if (word === '--roles') return flag(word, value.join(','), usual);
  return value.flatMap((each: string) => flag(word, each, null));
}

function flag(word: string, value: OptionValue, usual: OptionValue): readonly string[] {
  return value === usual || value === null ? [] : [word, shellWord(String(value))];
}

/** Scores are kept as a record where it is asked for, edits unless it is not. */
function ledgerFlag(ledger: OptionValue | undefined, isScore: boolean): readonly string[] {
  if (isScore) return ledger === true ? ['--ledger'] : [];
  return ledger === false ? ['--no-ledger'] : [];
}
