import { badOption } from '../../src/options.ts';
import { textRowNames } from '../../src/texts/text-rows.ts';
import {
  type TextOptions,
  type TextSelection,
  textSelection,
} from '../../src/texts/text-selection.ts';
import { keepsScores, type RunCorpusOptions } from './corpus-options.ts';

/** Options of stages, whose rows have one text each in one column. */
export type OneText<Options extends TextOptions> = Omit<Options, 'textColumn' | 'keyColumn'> & {
  readonly textColumn: string;
  readonly keyColumn: string | undefined;
};

/** The options of stages that work on the texts of rows: where each has a row of its own, on its columns. */
export function ofOneText<Options extends TextOptions>(options: Options): OneText<Options> {
  const selection = textSelection(options);
  return { ...options, ...(selection === null ? plainColumns(options) : rowColumns(selection)) };
}

function plainColumns({ textColumn = 'text', keyColumn }: TextOptions) {
  const [only = 'text'] = typeof textColumn === 'string' ? [textColumn] : textColumn;
  return { textColumn: only, keyColumn };
}

function rowColumns({ keyColumn, keyPlaces }: TextSelection) {
  const hasKey = keyColumn !== undefined || keyPlaces;
  return { textColumn: textRowNames.text, keyColumn: hasKey ? textRowNames.key : undefined };
}

/** What selects texts, and keys them. */
export function textOptionsOf(options: TextOptions): TextOptions {
  const { textColumn, roles, roleField, keyColumn, keyPlaces } = options;
  return { textColumn, roles, roleField, keyColumn, keyPlaces };
}

/** The text column of options that select one text a row; where each text has a row of its own, the column that it has there. */
export function textColumnOf(options: TextOptions): string {
  return ofOneText(options).textColumn;
}

/**
 * Refuses columns of scores where a row may have more texts than one.
 *
 * @throws ToeditError `BAD_OPTION`
 */
export function requireScoresPlace(command: string, options: RunCorpusOptions): void {
  if (command !== 'score' || keepsScores(options)) return;
  if (textSelection(options)?.isMany !== true) return;
  const remedy =
    'a row may have more texts than one, and columns of scores have one value a row; keep the scores in files of their own (--candidates 8), or score one text';
  throw badOption('textColumn', String(options.textColumn), remedy);
}
