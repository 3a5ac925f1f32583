import { textColumn } from '../../src/arrow/text-column.ts';
import { corruptFile } from '../../src/errors.ts';
import type { InputFile } from '../../src/files/find-files.ts';
import { listInputs } from '../../src/files/list-inputs.ts';
import type { Source } from '../../src/operator.ts';
import { isValidUtf8 } from '../../src/text/utf8.ts';
import { openInput } from '../executor/open-input.ts';
import type { OpenedInput } from '../executor/open-texts.ts';

/** How texts are read that nothing is written of. */
export interface ReadTextsOptions {
  readonly textColumn: string;
  /** A further column to be read. */
  readonly column?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The files of a corpus.
 *
 * @throws ToeditError `FILE_CORRUPT` where one cannot be opened by its name; as `listInputs`.
 */
export async function filesOf(patterns: readonly string[]): Promise<readonly InputFile[]> {
  const { inputs } = await listInputs(patterns);
  inputs.forEach(requireName);
  return inputs;
}

/**
 * Makes sure that a file can be opened by its name.
 *
 * @throws ToeditError `FILE_CORRUPT`
 */
export function requireName({ path, pathBytes }: InputFile): void {
  if (pathBytes === undefined) return;
  throw corruptFile({ file: path }, ': its name is not UTF-8; rename it');
}

/**
 * Opens an input, or the members of an archive one by one.
 *
 * @throws ToeditError that of the first member that cannot be opened, too.
 */
export async function* openTexts(
  input: Pick<InputFile, 'path' | 'relativePath'>,
  { textColumn: name, column, signal }: ReadTextsOptions,
): AsyncGenerator<OpenedInput> {
  const reading = { inputs: [], output: '', textColumn: name, keyColumn: column, signal };
  for await (const opened of openInput(input, { ...reading, onBadRow: 'pass' })) {
    if (opened.status === 'failed') throw opened.error;
    if (opened.status === 'data') yield opened;
  }
}

/** Calls back with each text; returns how many rows there are, and how many of them have none that can be read. */
export async function eachText(
  source: Source,
  column: string,
  see: (text: Uint8Array) => unknown,
): Promise<{ readonly rows: number; readonly passed: number }> {
  let [rows, passed] = [0, 0];
  for await (const batch of source) {
    const texts = textColumn(batch, column);
    rows += batch.numRows;
    for (let row = 0; row < batch.numRows; row++) {
      const bytes = texts.bytes(row);
      if (texts.isNull(row) || !isValidUtf8(bytes)) passed++;
      else see(bytes);
    }
  }
  return { rows, passed };
}
