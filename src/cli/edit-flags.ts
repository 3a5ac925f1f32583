import { Option } from 'commander';
import type { EditCorpusOptions } from '../../pipelines/corpus-options.ts';
import type { CorpusFlags } from './corpus-flags.ts';
import { parseBound, parseCount, parseDecimal } from './parse-value.ts';

/** The flags of `toedit edit`, as commander parses them. */
export type EditFlags = CorpusFlags &
  RuleFlags &
  Omit<EditCorpusOptions, keyof CorpusFlags | 'inclusive' | 'threshold' | 'dropBelow'>;

/** The flags that differ from their options. Commander would take a null for an empty value, hence `none`. */
interface RuleFlags {
  /** Stands for `inclusive: false`. */
  readonly exclusive?: boolean | undefined;
  readonly threshold?: number | 'none' | undefined;
  readonly dropBelow?: number | 'none' | undefined;
}

/** The rule that the flags ask for; what they leave open stays open. */
export function ruleOf({ exclusive, threshold, dropBelow }: RuleFlags): Partial<EditCorpusOptions> {
  return {
    ...(exclusive === true && { inclusive: false }),
    ...(threshold !== undefined && { threshold: threshold === 'none' ? null : threshold }),
    ...(dropBelow !== undefined && { dropBelow: dropBelow === 'none' ? null : dropBelow }),
  };
}

/** The flags that only `toedit edit` has. */
export function editFlags(): readonly Option[] {
  return [
    new Option(
      '--preset <name>',
      'paper, official-up, official-lowdrop, filtering (default: paper)',
    ),
    new Option(
      '--threshold <p>',
      'redraw tokens with P >= p; none redraws none (default: 0.99)',
    ).argParser(parseBound),
    new Option('--exclusive', 'redraw tokens with P > p only'),
    new Option('--top-k <n>', 'candidates of a draw (default: 8)').argParser(parseCount),
    new Option('--top-p <p>', 'nucleus of a draw (default: 1)').argParser(parseDecimal),
    new Option('--temperature <t>', 'temperature of a draw (default: 1)').argParser(parseDecimal),
    new Option('--exclude-original', 'never draw the token that stood there'),
    new Option(
      '--drop-below <p>',
      'delete tokens with P < p; none deletes none (default: none)',
    ).argParser(parseBound),
    new Option('--report', 'keep the column edits: what was changed where'),
    new Option('--excerpts <n>', 'edited passages to show at the end (default: 0)').argParser(
      parseCount,
    ),
  ];
}
